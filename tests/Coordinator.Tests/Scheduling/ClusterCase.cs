using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Tests.Scheduling;

/// <summary>Any moment of a small cluster: gangs that train, idle workers of two fingerprints, a queue, quotas, use.</summary>
public sealed record ClusterCase(SchedulingSnapshot Snapshot)
{
    /// <summary>The same with every list in another order.</summary>
    public SchedulingSnapshot Shuffled(int seed)
    {
        var random = new Random(seed);
        T[] Mix<T>(IEnumerable<T> list) => [.. list.OrderBy(_ => random.Next())];
        return Snapshot with { Queue = Mix(Snapshot.Queue), Workers = Mix(Snapshot.Workers), Gangs = Mix(Snapshot.Gangs) };
    }

    public override string ToString() =>
        string.Join(
            "\n",
            [
                .. Snapshot.Workers.Select(w => $"{w.WorkerId} {w.Fingerprint} {w.BusyWith}"),
                .. Snapshot.Gangs.Select(g => $"{g} members {string.Join(",", g.Members)} leaving {string.Join(",", g.Leaving)}"),
                .. Snapshot.Queue.Select(q => q.ToString()),
                .. Snapshot.Policy.Projects.Select(p => p.ToString()),
            ]
        );
}

/// <summary>Where FsCheck finds how to make one.</summary>
public static class ClusterCases
{
    private static readonly Gen<int> Priorities = Gen.Elements(-5, 0, 0, 5);
    private static readonly Gen<string> Fingerprints = Gen.Elements("f", "f", "g");

    private static readonly Gen<RunOwner> Owners =
        from user in Gen.Elements("ada", "bob", "eve")
        from project in Gen.Elements("p", "q")
        select new RunOwner(project, user);

    public static Arbitrary<ClusterCase> Case() =>
        (
            from gangs in Gen.ListOf(Gang())
            from idle in Gen.ListOf(Fingerprints)
            from queue in Gen.ListOf(Queued())
            from policy in Policies()
            from use in Gen.ListOf(Gen.Choose(0, 50))
            select Of([.. gangs.Take(5)], [.. idle.Take(9)], [.. queue.Take(12)], policy, [.. use])
        ).ToArbitrary();

    private static Gen<(int Min, int Members, int Priority, RunOwner Owner, string Fingerprint, int Minutes, int Leaving)> Gang() =>
        from min in Gen.Choose(1, 3)
        from spare in Gen.Choose(0, 3)
        from priority in Priorities
        from owner in Owners
        from fingerprint in Fingerprints
        from minutes in Gen.Choose(0, 10)
        from leaving in Gen.Elements(0, 0, 0, 1)
        select (min, min + spare, priority, owner, fingerprint, minutes, Math.Min(leaving, spare));

    private static Gen<QueuedDemand> Queued() =>
        from kind in Gen.Elements(
            DemandKind.Gang,
            DemandKind.Gang,
            DemandKind.Gang,
            DemandKind.More,
            DemandKind.Growth,
            DemandKind.Evaluation
        )
        from min in Gen.Choose(1, 5)
        from spare in Gen.Choose(0, 4)
        from priority in Priorities
        from owner in Owners
        from fingerprint in Gen.Elements<string?>(null, null, "f", "g")
        from hours in Gen.Choose(0, 20)
        let one = kind == DemandKind.Evaluation
        select new QueuedDemand(
            "",
            new RunDemand(kind, one ? 1 : min, one ? 1 : min + spare, DeviceKind.Cpu, one ? null : fingerprint, null, [], [])
        )
        {
            Owner = owner,
            Priority = priority,
            WaitsSince = Queues.Now.AddHours(-hours),
        };

    private static Gen<SchedulingPolicy> Policies() =>
        from most in Gen.Elements<int?>(null, 2, 4, 8)
        from hours in Gen.Elements<double?>(null, null, 20)
        from preempts in Gen.Elements(true, true, false)
        select Queues.With("p", new ProjectPolicy { Workers = most, DeviceHours = hours }) with
        {
            Preemption = preempts,
        };

    private static ClusterCase Of(
        (int Min, int Members, int Priority, RunOwner Owner, string Fingerprint, int Minutes, int Leaving)[] gangs,
        string[] idle,
        QueuedDemand[] queue,
        SchedulingPolicy policy,
        int[] use
    )
    {
        string[] Ids(int gang, int count) => [.. Enumerable.Range(0, count).Select(i => $"g{gang}-{i}")];
        int Used(int i) => i < use.Length ? use[i] : 0;
        var users = new[] { "ada", "bob", "eve" }.Select((user, i) => (user, (double)Used(i))).ToDictionary();
        var projects = new[] { "p", "q" }.Select((project, i) => (project, (double)Used(i + 3))).ToDictionary();
        return new ClusterCase(
            new SchedulingSnapshot(
                [.. queue.Select((q, i) => q with { Run = $"q{i}", Submitted = i })],
                [
                    .. gangs.SelectMany((g, n) => Ids(n, g.Members).Select(id => Queues.Worker(id, $"r{n}", g.Fingerprint))),
                    .. idle.Select((fingerprint, i) => Queues.Worker($"i{i}", null, fingerprint, $"h{i % 2}")),
                ],
                [
                    .. gangs.Select(
                        (g, n) =>
                            new HeldGang(
                                $"r{n}",
                                g.Owner,
                                g.Priority,
                                g.Min,
                                Ids(n, g.Members),
                                [.. Ids(n, g.Members).TakeLast(g.Leaving)],
                                Queues.Now.AddMinutes(-g.Minutes),
                                g.Leaving == 0
                            )
                    ),
                ],
                policy,
                new DeviceUse(users, projects, projects),
                Queues.Now
            )
        );
    }
}
