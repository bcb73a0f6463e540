namespace Orchestrator.Worker.Commands;

/// <summary>Exit codes of this program.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>A run or an operation failed.</summary>
    public const int Failed = 1;

    /// <summary>Settings, arguments or a spec are wrong.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted; what was completed is in a checkpoint.</summary>
    public const int Interrupted = 130;
}
