namespace Orchestrator.Cli;

/// <summary>What the program's exit status means: the same for every command (docs/cli.md).</summary>
public static class ExitCode
{
    /// <summary>Done; a run that was waited for completed.</summary>
    public const int Ok = 0;

    /// <summary>The operation was tried and did not succeed, or the run that was waited for failed or was canceled.</summary>
    public const int Failed = 1;

    /// <summary>Nothing was tried: arguments or spec are wrong, or the run does not exist.</summary>
    public const int BadInput = 2;

    /// <summary>No coordinator answers at the address.</summary>
    public const int Unreachable = 3;

    /// <summary>What was verified is not what was computed again.</summary>
    public const int Differs = 4;

    /// <summary>Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
