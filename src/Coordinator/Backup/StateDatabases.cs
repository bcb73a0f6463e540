using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Backup;

/// <summary>The databases that settings name: files of the state folder, or one of PostgreSQL.</summary>
internal sealed class StateDatabases(CoordinatorOptions options)
{
    /// <summary>The tables by the database in which they stand.</summary>
    public IEnumerable<IGrouping<string, StateTable>> Groups =>
        StateTable.All.GroupBy(table => options.Journal.IsPostgres ? "" : PathOf(table.File), StringComparer.Ordinal);

    /// <summary>The files that there are, and what SQLite keeps beside them.</summary>
    public IEnumerable<string> Files =>
        options.Journal.IsPostgres
            ? []
            : StateTable
                .All.Select(table => PathOf(table.File))
                .Distinct(StringComparer.Ordinal)
                .SelectMany(file => new[] { file, $"{file}-wal", $"{file}-shm" })
                .Where(File.Exists);

    /// <param name="group">One of <see cref="Groups"/>.</param>
    public DbConnection Open(IGrouping<string, StateTable> group)
    {
        DbConnection connection = options.Journal.IsPostgres
            ? new NpgsqlConnection(ActorSystemConfig.ConnectionString(options.Journal, options.State))
            : new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = group.Key, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>A transaction that sees the database as it stands now, whatever a coordinator writes meanwhile, and holds that one up in nothing.</summary>
    public static DbTransaction Snapshot(DbConnection connection) =>
        connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: true)
            : connection.BeginTransaction(IsolationLevel.RepeatableRead);

    private string PathOf(string file) =>
        file == StateFile.Journal
            ? new SqliteConnectionStringBuilder(ActorSystemConfig.ConnectionString(options.Journal, options.State)).DataSource
            : Path.Combine(Path.GetFullPath(options.State), file);
}
