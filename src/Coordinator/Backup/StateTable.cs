using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Backup;

/// <summary>A table of what the coordinator keeps.</summary>
/// <param name="File">Of the state folder, where it stands with SQLite; with PostgreSQL all stand in the journal's database.</param>
public sealed record StateTable(string Name, string File)
{
    /// <summary>
    /// All of them, in the order in which they are read. The journal is first: a checkpoint is journaled once the rows of the steps before it are stored, so
    /// rows that are read later lack nothing that the journal names.
    /// </summary>
    public static readonly IReadOnlyList<StateTable> All =
    [
        new("journal", StateFile.Journal),
        new("tags", StateFile.Journal),
        new("step_rows", StateFile.Rows),
        new("api_tokens", StateFile.Access),
        new("audit_log", StateFile.Access),
    ];
}
