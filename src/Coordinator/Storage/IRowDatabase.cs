using System.Data.Common;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Where rows of steps stand. Beside what it takes to connect, SQLite and PostgreSQL take the same SQL.</summary>
public interface IRowDatabase : IDisposable
{
    /// <summary>Makes the table, unless it stands.</summary>
    void Prepare();

    /// <summary>An open connection, whose commits are on disk.</summary>
    DbConnection Open();
}
