using System.Data;
using System.Data.Common;
using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>A file of SQLite at which a test does something before a question to it, or between its answer and what is made of that.</summary>
internal sealed class WatchedDatabase(string path) : IRowDatabase
{
    private readonly SqliteRowDatabase inner = new(path);

    /// <summary>How often a connection was asked for.</summary>
    public int Opened { get; private set; }

    public Action? OnOpen { get; set; }

    /// <summary>Called once.</summary>
    public Action? OnceClosed { get; set; }

    public void Prepare() => inner.Prepare();

    public void Prepare(string tables) => inner.Prepare(tables);

    public DbConnection Open()
    {
        Opened++;
        OnOpen?.Invoke();
        var connection = inner.Open();
        connection.StateChange += (_, change) =>
        {
            if (change.CurrentState == ConnectionState.Closed)
            {
                var once = OnceClosed;
                OnceClosed = null;
                once?.Invoke();
            }
        };
        return connection;
    }

    public void Dispose() => inner.Dispose();
}
