using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Slow ranks: who is one, what the history says, who takes their place or their shards.</summary>
public sealed class StragglerRulesTests
{
    private const string Replace = "{ policy: replace }";
    private const string Rebalance = "{ policy: rebalance }";

    [Fact]
    public void A_rank_that_is_slow_over_a_whole_window_is_told_of_once_and_when_it_has_recovered()
    {
        var run = new RunHarness().Trains("a", "b", "c");
        Paced(run, 20, ("a", 0.10), ("b", 0.11), ("c", 0.25));
        Assert.Equal("c is slow: 0.250 s a shard over its last 20 steps, 2.3 times the median of the ranks, 0.110 s", Notes(run).Single());
        Paced(run, 21, ("a", 0.10), ("b", 0.11), ("c", 0.30));
        Paced(run, 22, ("a", 0.10), ("b", 0.11), ("c", 0.19));
        Assert.Single(Notes(run));
        Paced(run, 23, ("a", 0.10), ("b", 0.11), ("c", 0.15));
        Assert.StartsWith("c is slow no more", Notes(run)[1], StringComparison.Ordinal);
        Paced(run, 24, ("a", 0.10), ("b", 0.11), ("c", 0.25));
        Assert.Equal(3, Notes(run).Count);
        Assert.Equal(1, run.State.PreparedNumber);
    }

    [Fact]
    public void Of_two_ranks_the_faster_is_the_measure()
    {
        var run = new RunHarness().Trains("a", "b");
        Paced(run, 20, ("a", 0.25), ("b", 0.1));
        Assert.StartsWith("a is slow", Notes(run).Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.10, 0.19, 20)]
    [InlineData(0.10, 0.90, 19)]
    [InlineData(0.10, double.NaN, 20)]
    [InlineData(0.10, double.PositiveInfinity, 20)]
    [InlineData(0.00, 0.90, 20)]
    public void Within_the_factor_or_before_its_window_is_full_or_without_a_sound_time_no_rank_is_slow(double a, double b, int steps)
    {
        var run = new RunHarness().Trains("a", "b");
        run.Pace("a", 20, a, steps);
        run.Pace("b", 20, b, steps);
        Assert.Empty(Notes(run));
    }

    [Fact]
    public void A_time_of_another_generation_or_of_half_the_ranks_says_nothing()
    {
        var run = new RunHarness().Trains("a", "b", "c", "d");
        run.Pace("a", 20, 0.1);
        run.Pace("b", 20, 0.9);
        Assert.Empty(Notes(run));
        run.Say("c", s => s with { Generation = 0, ShardTime = new ShardTime(0.1, 1, 20) });
        Assert.Empty(Notes(run));
        run.Pace("d", 20, 0.1);
        Assert.StartsWith("b is slow", Notes(run).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Warned_of_only_a_slow_rank_keeps_its_place_whoever_is_idle()
    {
        var run = new RunHarness(max: 2).Trains("a", "b");
        Paced(run, 20, ("a", 0.1), ("b", 0.9));
        Assert.Single(Notes(run));
        Assert.Null(RunDemands.Of(run.State));
    }

    [Fact]
    public void An_idle_worker_takes_the_place_of_a_slow_one_after_a_step_that_all_were_told_of()
    {
        var run = new RunHarness(max: 2, straggler: Replace).Trains("a", "b");
        Assert.Null(RunDemands.Of(run.State));
        Paced(run, 20, ("a", 0.1), ("b", 0.9));
        var demand = RunDemands.Of(run.State)!;
        Assert.Equal((DemandKind.Growth, 1, 1), (demand.Kind, demand.Min, demand.Max));
        Assert.Equal(run.State.Formed!.At + run.State.Timers.GrowthHoldOff, demand.NotBefore);

        Offer(run, "c");
        Assert.Equal((2L, 22L, false), (run.State.PreparedNumber, run.State.Prepared!.StopAfterStep, run.State.Prepared.Loss));
        Assert.Equal("c joins in place of b, found slow", run.State.Prepared.Cause);
        Form(run, 22, "a", "b", "c");
        Assert.Equal(["a", "c"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(["a", "b"], run.Generation.Sources.Select(s => s.WorkerId));
        Assert.Equal(0, ((GenerationFormed)run.Events.Last(e => e is GenerationFormed)).StepsLost);
        Begin(run, 22, "a", "c");
        Assert.Equal("released", run.SentTo<Leave>("b").Single().Reason);
    }

    [Fact]
    public void A_replaced_worker_is_kept_from_joining_the_run_for_a_time_that_doubles()
    {
        var run = new RunHarness(max: 3, straggler: Replace).Trains("a", "b");
        var step = 20L;
        foreach (var (slow, other, minutes) in new[] { ("b", "c", 5), ("c", "b", 5), ("b", "c", 10) })
        {
            Paced(run, step, ("a", 0.1), (slow, 0.9));
            Offer(run, other);
            Form(run, step + 2, "a", slow, other);
            Begin(run, step + 2, "a", other);
            run.Say(slow, s => s with { Run = null, Phase = WorkerPhase.Idle, Promised = 0, Generation = 0, ShardTime = null });
            var kept = RunDemands.Of(run.State)!.Slow.Single(s => s.WorkerId == slow);
            Assert.Equal(run.State.Formed!.At + TimeSpan.FromMinutes(minutes), kept.Until);
            step += 30;
        }
    }

    [Fact]
    public void A_slow_worker_is_better_than_none()
    {
        var run = new RunHarness(max: 2, straggler: Replace).Trains("a", "b");
        Paced(run, 20, ("a", 0.1), ("b", 0.9));
        Offer(run, "c");
        run.Promise("a", heldStep: 22);
        run.Promise("b", heldStep: 22);
        run.Take(new ProcessGone("c", 1));
        Assert.Equal(["a", "b"], run.Generation.Members.Select(m => m.WorkerId));
        Begin(run, 22, "a", "b");
        Assert.Equal(1, RunDemands.Of(run.State)!.Max);
    }

    [Fact]
    public void Shards_go_from_the_slow_rank_to_the_others_where_the_policy_is_to_and_back()
    {
        var run = new RunHarness(max: 2, straggler: Rebalance).Trains("a", "b");
        Assert.Equal([4, 4], Shares(run));
        Paced(run, 20, ("a", 0.1), ("b", 0.3));
        run.Pass(29);
        Assert.Equal(1, run.State.PreparedNumber);
        run.Pass(1);
        Assert.Equal((2L, 22L), (run.State.PreparedNumber, run.State.Prepared!.StopAfterStep));
        Assert.Equal(
            "shards are cut anew by speed: the slowest rank is to compute 0.600 s a step instead of 1.200 s",
            run.State.Prepared.Cause
        );
        Form(run, 22, "a", "b");
        Assert.Equal([6, 2], Shares(run));
        Begin(run, 22, "a", "b");

        // Twice as long after a cut: the second within a minute would be one too many.
        Paced(run, 60, ("a", 0.1), ("b", 0.1));
        run.Pass(59);
        Assert.Equal(2, run.State.PreparedNumber);
        run.Pass(1);
        Form(run, 62, "a", "b");
        Assert.Equal([4, 4], Shares(run));
    }

    [Fact]
    public void Shards_stay_where_another_cut_would_help_little_or_the_end_is_near()
    {
        var even = new RunHarness(max: 4, straggler: Rebalance).Trains("a", "b", "c", "d");
        even.Pass(31);
        // With threads for two shards each, every rank needs one round, and a rank that has one shard still does.
        foreach (var (id, seconds) in new[] { ("a", 0.1), ("b", 0.1), ("c", 0.1), ("d", 0.3) })
        {
            even.Pace(id, 20, seconds, threads: 2);
        }

        Assert.Single(Notes(even));
        Assert.Equal(1, even.State.PreparedNumber);

        var ending = new RunHarness(max: 2, steps: 40, straggler: Rebalance).Trains("a", "b");
        ending.Pass(31);
        Paced(ending, 20, ("a", 0.1), ("b", 0.3));
        Assert.Equal(1, ending.State.PreparedNumber);
    }

    [Fact]
    public void A_generation_formed_for_another_reason_keeps_to_the_speeds_and_a_joiner_counts_as_the_median()
    {
        var run = new RunHarness(max: 3, straggler: Rebalance).Trains("a", "b");
        Paced(run, 20, ("a", 0.1), ("b", 0.5));
        Offer(run, "c");
        Form(run, 22, "a", "b", "c");
        Assert.Equal([3, 1, 4], Shares(run));
    }

    private static int[] Shares(RunHarness run) => [.. run.Generation.Members.Select(m => m.ShardCount)];

    private static List<string> Notes(RunHarness run) =>
        [.. run.Events.OfType<RunNoted>().Where(n => n.Kind.StartsWith("straggler", StringComparison.Ordinal)).Select(n => n.Text)];

    private static void Paced(RunHarness run, long step, params (string Id, double Seconds)[] ranks)
    {
        foreach (var (id, seconds) in ranks)
        {
            run.Pace(id, step, seconds);
        }
    }

    private static void Offer(RunHarness run, string id)
    {
        // Whom the run has been given since its generation was formed joins it.
        run.Pass(1);
        run.Offer(id);
        run.Follow(id, run.State.Hint);
        Assert.Contains($"{id} joins", run.State.Prepared!.Cause, StringComparison.Ordinal);
    }

    private static void Form(RunHarness run, long step, params string[] ids)
    {
        foreach (var id in ids)
        {
            run.Promise(id, heldStep: run.State.IsMember(id) ? step : null);
        }
    }

    private static void Begin(RunHarness run, long step, params string[] ids)
    {
        foreach (var id in ids)
        {
            run.Ready(id);
        }

        foreach (var id in ids)
        {
            run.Say(id, s => s with { ShardTime = null });
            run.Run(id, step);
        }
    }
}
