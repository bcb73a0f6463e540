using Orchestrator.Coordinator.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>Names of sweeps: <c>s-</c> and ten characters, as those of runs.</summary>
public static class SweepId
{
    private const char Prefix = 's';

    public static string New(DateTimeOffset now) => RunId.New(now, Prefix);

    public static bool IsValid(string text) => RunId.IsValid(text, Prefix);
}
