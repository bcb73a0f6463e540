namespace Orchestrator.Coordinator.Storage;

/// <summary>Databases of the state folder, where there is no PostgreSQL.</summary>
public static class StateFile
{
    public const string Journal = "journal.db";

    /// <summary>Rows of steps.</summary>
    public const string Rows = "rows.db";

    /// <summary>Tokens and the audit log.</summary>
    public const string Access = "access.db";
}
