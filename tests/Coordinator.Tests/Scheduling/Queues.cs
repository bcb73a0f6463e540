using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Tests.Scheduling;

/// <summary>Short ways to write queues, fleets and gangs.</summary>
internal static class Queues
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static QueuedDemand Wants(
        string run,
        int min,
        int max,
        int priority = 0,
        string user = "ada",
        string project = "default",
        TimeSpan waited = default,
        DemandKind kind = DemandKind.Gang,
        string? fingerprint = null,
        string[]? preferred = null
    ) =>
        new(run, new RunDemand(kind, min, max, DeviceKind.Cpu, fingerprint, null, [], preferred ?? []))
        {
            Owner = new RunOwner(project, user),
            Priority = priority,
            WaitsSince = Now - waited,
        };

    public static SchedulableWorker Worker(string id, string? busy = null, string fingerprint = "f", string host = "h") =>
        new(id, $"{id}#1", DeviceKind.Cpu, fingerprint, busy) { Host = host };

    /// <summary>Workers 1 to so many, busy with the run, or idle.</summary>
    public static IEnumerable<SchedulableWorker> Workers(string prefix, int count, string? busy = null, string fingerprint = "f") =>
        Enumerable.Range(1, count).Select(i => Worker($"{prefix}{i}", busy, fingerprint));

    public static HeldGang Gang(
        string run,
        int min,
        string[] members,
        int priority = 0,
        string user = "ada",
        string project = "default",
        double minutes = 60,
        string[]? leaving = null
    ) => new(run, new RunOwner(project, user), priority, min, members, leaving ?? [], Now.AddMinutes(-minutes), leaving is null);

    public static Schedule Decide(
        IEnumerable<QueuedDemand> queue,
        IEnumerable<SchedulableWorker> workers,
        IEnumerable<HeldGang>? gangs = null,
        SchedulingPolicy? policy = null,
        DeviceUse? use = null
    ) =>
        GangScheduler.Decide(
            new SchedulingSnapshot(
                [.. queue.Select((q, i) => q with { Submitted = i })],
                [.. workers],
                [.. gangs ?? []],
                policy ?? new SchedulingPolicy(),
                use ?? DeviceUse.None,
                Now
            )
        );

    public static SchedulingPolicy With(string project, ProjectPolicy limits) =>
        new() { Projects = new Dictionary<string, ProjectPolicy> { [project] = limits } };
}
