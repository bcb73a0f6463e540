using System.Data.Common;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Where rows of steps, or of other tables, stand. Beside what it takes to connect, SQLite and PostgreSQL take the same SQL.</summary>
public interface IRowDatabase : IDisposable
{
    /// <summary>Makes the table of rows, unless it stands.</summary>
    void Prepare();

    /// <summary>Makes other tables, unless they stand.</summary>
    /// <param name="tables">CREATE TABLE IF NOT EXISTS, with types that both databases know.</param>
    void Prepare(string tables);

    /// <summary>An open connection, whose commits are on disk.</summary>
    DbConnection Open();
}
