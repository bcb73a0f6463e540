using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Rows of one coordinator: a file of its state folder.</summary>
public sealed class SqliteRowDatabase(string path) : IRowDatabase
{
    private readonly string connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();

    public void Prepare() =>
        Prepare(
            "CREATE TABLE IF NOT EXISTS step_rows (run TEXT NOT NULL, step BIGINT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (run, step))"
        );

    public void Prepare(string tables)
    {
        using var connection = Open();
        // Readers do not wait for the writer.
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, tables);
    }

    public DbConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        // What was acknowledged survives a loss of power.
        Execute(connection, "PRAGMA synchronous = FULL");
        return connection;
    }

    public void Dispose() => SqliteConnection.ClearAllPools();

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
