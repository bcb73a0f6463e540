using System.Data.Common;
using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Access;

/// <summary>Where tokens and the audit log stand: of several coordinators beside their journal, so that all know the same; of one a file of its state folder. Times are ticks of UTC.</summary>
public sealed class AccessDatabase : IHostedService, IDisposable
{
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS api_tokens (
          id TEXT NOT NULL PRIMARY KEY, secret_sha256 TEXT NOT NULL, name TEXT NOT NULL, user_name TEXT NOT NULL, scope TEXT NOT NULL, projects TEXT NOT NULL,
          created_at BIGINT NOT NULL, created_by TEXT NOT NULL, expires_at BIGINT, revoked_at BIGINT, last_used_at BIGINT);
        CREATE TABLE IF NOT EXISTS audit_log (
          sequence BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, user_name TEXT NOT NULL, token TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
          subject TEXT, address TEXT NOT NULL, status BIGINT NOT NULL);
        """;

    private readonly IRowDatabase database;

    /// <param name="database">Owned: disposed with this.</param>
    /// <exception cref="DbException">It cannot be opened.</exception>
    public AccessDatabase(IRowDatabase database)
    {
        this.database = database;
        database.Prepare(Tables);
    }

    public DbConnection Open() => database.Open();

    public void Dispose() => database.Dispose();

    // That it was made by then is all: a database that is not there ends the start, not the first request.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal static DbCommand Command(DbConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    internal static DateTimeOffset? Time(DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetInt64(column), TimeSpan.Zero);
}
