using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Orchestrator.Benchmarks.Scheduling;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Scheduling;

/// <summary>Whole schedules over simulated time: what no single decision shows.</summary>
[Properties(Arbitrary = [typeof(SmallTraces)], MaxTest = 100)]
public sealed class ScheduledTraceTests
{
    private const int Workers = 8;

    private static readonly SchedulingPolicy Policy = Queues.With("p", new ProjectPolicy { Workers = 6 });

    private static SimulatedCluster Cluster(SmallTrace trace, Action<SchedulingSnapshot, Schedule>? observe = null) =>
        new(trace.Runs, [.. Queues.Workers("w", Workers)], Policy, ChangeTimes.Usual) { Observe = observe };

    [Property]
    public void Every_run_that_fits_ends(SmallTrace trace)
    {
        var cluster = Cluster(trace);
        Assert.True(
            cluster.Run(mostEvents: 200_000),
            string.Join(", ", cluster.Runs.Where(r => r.Stage != Stage.Ended).Select(r => $"{r.Trace} {r.Stage}"))
        );
    }

    [Property]
    public void No_run_is_stopped_again_and_again(SmallTrace trace)
    {
        var stopped = new List<(string For, string Run)>();
        var shrunk = 0;
        var cluster = Cluster(
            trace,
            (_, schedule) =>
            {
                stopped.AddRange(schedule.Recalls.Where(r => r.Stops).Select(r => (r.For, r.Run)));
                shrunk += schedule.Recalls.Count(r => !r.Stops);
            }
        );
        Assert.True(cluster.Run(mostEvents: 200_000));
        // One run stops another once for each time that it waits, and it waits anew only when a third one has stopped it.
        Assert.DoesNotContain(stopped, s => stopped.Contains((s.Run, s.For)));
        Assert.True(stopped.Count <= trace.Runs.Count * trace.Runs.Count, $"{stopped.Count} stops of {trace.Runs.Count} runs");
        Assert.True(shrunk <= 2 * trace.Runs.Count * trace.Runs.Count, $"{shrunk} shrinks of {trace.Runs.Count} runs");
    }

    [Property]
    public void Quotas_hold_at_every_moment(SmallTrace trace) =>
        Assert.True(
            Cluster(
                    trace,
                    (snapshot, schedule) =>
                    {
                        var owners = snapshot.Gangs.ToDictionary(g => g.Run, g => g.Owner.Project, StringComparer.Ordinal);
                        var held = snapshot.Workers.Count(w => w.BusyWith is { } run && owners[run] == "p");
                        var given = schedule
                            .Placements.Where(p => snapshot.Queue.Single(q => q.Run == p.Run).Owner.Project == "p")
                            .Sum(p => p.Workers.Count);
                        Assert.InRange(held + given, 0, 6);
                    }
                )
                .Run(mostEvents: 200_000)
        );

    [Fact]
    public void A_stream_of_urgent_runs_does_not_starve_one_that_can_wait()
    {
        // Urgent runs of all workers arrive as fast as they are done, for twenty days.
        var urgent = Enumerable
            .Range(0, 480)
            .Select(i => new TraceRun($"urgent-{i}", new RunOwner("q", "ada"), 10, Workers, Workers, TimeSpan.FromHours(i), Workers));
        var patient = new TraceRun("patient", new RunOwner("q", "ada"), 0, Workers, Workers, TimeSpan.FromHours(0.5), Workers);
        var cluster = new SimulatedCluster([patient, .. urgent], [.. Queues.Workers("w", Workers)], Policy, ChangeTimes.Usual);
        Assert.True(cluster.Run(mostEvents: 200_000));
        var run = cluster.Runs.Single(r => r.Trace.Run == "patient");
        // It has overtaken newer ones after 12 hours; those that wait by then have aged too.
        Assert.InRange((run.FirstStartAt!.Value - run.SubmittedAt).TotalHours, 6, 36);
    }

    [Fact]
    public void What_was_taken_is_given_back()
    {
        TraceRun[] trace =
        [
            new("elastic", new RunOwner("q", "ada"), 0, 2, Workers, TimeSpan.Zero, 40),
            new("urgent", new RunOwner("q", "bob"), 10, 6, 6, TimeSpan.FromHours(1), 6),
        ];
        var sizes = new List<int>();
        var cluster = new SimulatedCluster(trace, [.. Queues.Workers("w", Workers)], Policy, ChangeTimes.Usual)
        {
            Observe = (snapshot, _) => sizes.Add(snapshot.Gangs.FirstOrDefault(g => g.Run == "elastic")?.Members.Count ?? 0),
        };
        Assert.True(cluster.Run());
        Assert.Equal([0, 8, 2, 8], sizes.Where((size, i) => i == 0 || size != sizes[i - 1]).Take(4));
        var elastic = cluster.Runs.Single(r => r.Trace.Run == "elastic");
        Assert.Equal((0, 1), (elastic.Stops, elastic.Shrinks));
    }
}

public sealed record SmallTrace(IReadOnlyList<TraceRun> Runs)
{
    public override string ToString() => string.Join("\n", Runs);
}

public static class SmallTraces
{
    public static Arbitrary<SmallTrace> Trace() =>
        (
            from runs in Gen.ListOf(Run())
            select new SmallTrace([.. runs.Take(25).OrderBy(r => r.At).Select((r, i) => r with { Run = $"r{i}" })])
        ).ToArbitrary();

    private static Gen<TraceRun> Run() =>
        from min in Gen.Choose(1, 6)
        from spare in Gen.Choose(0, 6)
        from priority in Gen.Elements(-10, 0, 0, 10, 100)
        from user in Gen.Elements("ada", "bob", "eve")
        from project in Gen.Elements("p", "q")
        from minutes in Gen.Choose(0, 600)
        from work in Gen.Choose(1, 500)
        select new TraceRun("", new RunOwner(project, user), priority, min, min + spare, TimeSpan.FromMinutes(minutes), work / 20.0);
}
