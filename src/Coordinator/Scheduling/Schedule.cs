namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Everything that a decision rests on.</summary>
/// <param name="Gangs">Of every run that a worker is busy with.</param>
public sealed record SchedulingSnapshot(
    IReadOnlyList<QueuedDemand> Queue,
    IReadOnlyList<SchedulableWorker> Workers,
    IReadOnlyList<HeldGang> Gangs,
    SchedulingPolicy Policy,
    DeviceUse Use,
    DateTimeOffset Now
);

/// <param name="Workers">In the order of their ranks to be.</param>
public sealed record Placement(string Run, IReadOnlyList<string> Workers);

/// <summary>Members that a run is to give back after a step.</summary>
/// <param name="Stops">All of them: the run writes a checkpoint, and waits.</param>
/// <param name="For">The run that is to have them.</param>
/// <param name="Reason">In words.</param>
public sealed record Recall(string Run, IReadOnlyList<string> Workers, bool Stops, string For, string Reason);

/// <param name="Reasons">By run, why it got nothing.</param>
public sealed record Schedule(IReadOnlyList<Placement> Placements, IReadOnlyDictionary<string, string> Reasons)
{
    public IReadOnlyList<Recall> Recalls { get; init; } = [];
}
