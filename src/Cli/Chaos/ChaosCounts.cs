namespace Orchestrator.Cli.Chaos;

/// <summary>How many faults a schedule has, by kind.</summary>
public sealed record ChaosCounts(int Kills, int Pauses, int CoordinatorKills)
{
    /// <summary>Of all kinds.</summary>
    public int Total => Kills + Pauses + CoordinatorKills;
}
