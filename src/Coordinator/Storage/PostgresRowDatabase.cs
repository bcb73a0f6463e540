using System.Data.Common;
using Npgsql;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Rows of several coordinators: beside their journal, so that what one has acknowledged is there for the next.</summary>
/// <param name="connectionString">The journal's, with its time-outs: a coordinator that is frozen inside a transaction must not hold the others up.</param>
public sealed class PostgresRowDatabase(string connectionString) : IRowDatabase
{
    /// <summary>Any number that nothing else of this database uses: who makes tables holds it.</summary>
    private const long TablesLock = 7_301_001;

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);

    public void Prepare() =>
        Prepare(
            "CREATE TABLE IF NOT EXISTS step_rows (run TEXT NOT NULL, step BIGINT NOT NULL, payload BYTEA NOT NULL, PRIMARY KEY (run, step));"
        );

    public void Prepare(string tables)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        // Of two that make a table at the same moment one would fail, IF NOT EXISTS or not.
        command.CommandText = $"""
            SELECT pg_advisory_xact_lock({TablesLock});
            {tables}
            """;
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    public DbConnection Open() => source.OpenConnection();

    public void Dispose() => source.Dispose();
}
