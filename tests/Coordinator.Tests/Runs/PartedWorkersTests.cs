using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Workers that the coordinator reaches and that do not reach one another: whom it asks for, and which state it begins from.</summary>
public sealed class PartedWorkersTests
{
    [Fact]
    public void A_worker_that_a_member_could_not_reach_is_not_asked_to_join_until_the_blame_expires()
    {
        var run = new RunHarness();
        run.Offer("a", "b", "c");
        PromiseAll(run, 0, 0, 0);
        run.Stop("b", "a", whileForming: true);
        PromiseAll(run, 0, 0, 0);
        Assert.Equal(["a", "c"], Members(run));
        run.Run("a", 1);
        run.Run("c", 1);
        var blamedAt = run.Now;

        var demand = RunDemands.Of(run.State)!;
        Assert.Equal(DemandKind.Growth, demand.Kind);
        var (b, d) = (Idle("b"), Idle("d"));
        var apart = blamedAt + run.State.Timers.Blame;
        Assert.Equal(["d"], Placed(demand, apart, b, d));
        Assert.Equal(["b", "d"], Placed(demand, apart + TimeSpan.FromSeconds(1), b, d));
        Assert.Equal(
            $"could not connect to a of r-1 and is tried again at {apart:HH:mm:ss}",
            GangScheduler.Misfit(new QueuedDemand("r-1", demand), b, blamedAt)
        );
        Assert.Null(GangScheduler.Misfit(new QueuedDemand("r-1", demand), b, apart + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void The_best_state_goes_on_alone_where_nobody_else_reaches_its_holder()
    {
        var run = CutOff(min: 1);
        Assert.Equal(["a"], Members(run));
        Assert.Equal(11, run.Generation.BaseStep);
    }

    [Fact]
    public void A_better_state_that_no_member_reaches_is_no_base()
    {
        var run = CutOff(min: 2);
        Assert.Equal(["c", "b"], Members(run));
        Assert.Equal((10, "d10"), (run.Generation.BaseStep, run.Generation.BaseDigest));
        Assert.Equal(["b", "c"], run.Generation.Sources.Select(s => s.WorkerId));
    }

    [Fact]
    public void A_source_that_is_no_member_and_could_not_be_reached_is_not_tried_for_ever()
    {
        var run = new RunHarness().Trains("a", "b", "c");
        run.Run("a", 11);
        run.Say("a", s => s with { Draining = true });
        PromiseAll(run, 11, 10, 10);
        Assert.Equal(["b", "c"], Members(run));
        Assert.Equal(11, run.Generation.BaseStep);
        run.Stop("b", "a", whileForming: true);
        PromiseAll(run, 11, 10, 10);
        Assert.Equal(["b", "c"], Members(run));
        Assert.Equal(10, run.Generation.BaseStep);
    }

    /// <summary>a has one step more than b and c, reaches the coordinator, and neither of them.</summary>
    private static RunHarness CutOff(int min)
    {
        var run = new RunHarness(min: min).Trains("a", "b", "c");
        run.Run("a", 11);
        run.Run("b", 10);
        run.Stop("b", "a");
        PromiseAll(run, 11, 10, 10);
        Assert.Equal(["a", "b", "c"], Members(run));
        run.Stop("b", "a", whileForming: true);
        PromiseAll(run, 11, 10, 10);
        Assert.Equal(["a", "c"], Members(run));
        run.Stop("c", "a", whileForming: true);
        PromiseAll(run, 11, 10, 10);
        return run;
    }

    private static void PromiseAll(RunHarness run, long a, long b, long c)
    {
        foreach (var (id, step) in new[] { ("a", a), ("b", b), ("c", c) })
        {
            run.Promise(id, step == 0 ? null : step);
        }
    }

    private static IEnumerable<string> Members(RunHarness run) => run.Generation.Members.Select(m => m.WorkerId);

    private static SchedulableWorker Idle(string id) => new(id, $"{id}#1", DeviceKind.Cpu, "f", null);

    private static IReadOnlyList<string> Placed(RunDemand demand, DateTimeOffset now, params SchedulableWorker[] idle) =>
        GangScheduler
            .Decide([new QueuedDemand("r-1", demand with { NotBefore = null })], idle, now)
            .Placements.SelectMany(p => p.Workers)
            .ToArray();
}
