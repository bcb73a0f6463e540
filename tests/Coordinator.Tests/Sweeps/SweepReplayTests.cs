using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

/// <summary>Whole sweeps over runs that train, fail and are canceled at random, and what a coordinator makes of them that comes in between.</summary>
public sealed class SweepReplayTests
{
    private static SweepWorld Whole(int seed, SweepSpec spec, int cancelAfter = int.MaxValue)
    {
        var world = new SweepWorld(spec, seed) { CancelAfter = cancelAfter };
        world.Begin();
        world.RunOn();
        return world;
    }

    private static List<ISweepEvent> Decisions(SweepWorld world) => [.. world.Journal.Where(e => e is not SweepAdopted)];

    /// <summary>Each rung beside the plainest way to say it, from the order of arrivals and the metric alone.</summary>
    [Fact]
    public void Decisions_follow_from_values_and_the_order_of_arrival_alone()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var (eta, parallel) = (2 + (seed % 3), 1 + (seed % 5));
            var world = Whole(seed, SweepWorld.Asha(trials: 30, parallel, eta));
            var ends = world.Journal.OfType<TrialEnded>().ToDictionary(e => e.Trial);
            Assert.Equal(30, ends.Count);
            foreach (var rung in world.Journal.OfType<RungDecided>().GroupBy(e => e.Rung))
            {
                var reached = new List<(double Value, int Order)>();
                foreach (var (decided, order) in rung.Select((e, order) => (e, order)))
                {
                    var failed = ends[decided.Trial].Outcome == Outcome.Failed && ends[decided.Trial].Step < decided.Step;
                    var value = failed ? null : SweepWorld.Value(decided.Trial, decided.Step);
                    reached.Add((value ?? double.PositiveInfinity, order));
                    var best = reached.Order().Take(Math.Max(1, reached.Count / eta)).Select(r => r.Order);
                    Assert.Equal((value, value is not null && best.Contains(order)), (decided.Value, decided.GoesOn));
                }
            }
        }
    }

    [Fact]
    public void Trials_that_go_on_run_to_their_end_and_the_others_do_not()
    {
        var world = Whole(3, SweepWorld.Asha(trials: 40, parallel: 4));
        foreach (var trial in world.State.Trials)
        {
            Assert.NotNull(trial.End);
            if (trial.End.Outcome == Outcome.Completed && !trial.IsStopped)
            {
                Assert.Equal(3, trial.Rungs.Count);
            }
        }

        Assert.InRange(world.State.Trials.Count(t => t.End!.Outcome == Outcome.Canceled), 15, 39);
        Assert.Equal(Outcome.Completed, world.State.End!.Outcome);
    }

    /// <summary>A coordinator dies after any event, also within what one input led to, and the next one goes on from what the journal has.</summary>
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(25)]
    public void From_every_prefix_of_the_journal_a_sweep_goes_on_to_the_same_decisions(int cancelAfter)
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var whole = Whole(seed, SweepWorld.Asha(trials: 12, parallel: 3, eta: 2), cancelAfter);
            Assert.Equal(whole.Journal.Count, whole.Snapshots.Count);
            foreach (var at in whole.Snapshots)
            {
                var next = at.Restart();
                next.See();
                next.RunOn();
                Assert.Equal(Decisions(whole), Decisions(next));
                Assert.Equal(1, next.Journal.Count - whole.Journal.Count + (at.State.End is null ? 0 : 1));
            }
        }
    }

    [Fact]
    public void After_every_event_what_the_journal_gives_back_asks_for_the_same_as_the_sweep_that_lived()
    {
        var whole = Whole(5, SweepWorld.Asha(trials: 12, parallel: 3, eta: 2));
        foreach (var at in whole.Snapshots)
        {
            // What is not journaled is seen again; what was read and not decided yet is read again.
            var back = at.Journal.Aggregate(SweepWorld.Initial(whole.State.Spec), SweepApply.Apply);
            back = back with { Trials = [.. back.Trials.Select(trial => trial with { Sight = at.State.Trials[trial.Number].Sight })] };
            var lived = at.State with { Trials = [.. at.State.Trials.Select(trial => trial with { Read = trial.Read.Clear() })] };
            Assert.Equal(SweepActions.Of(lived), SweepActions.Of(back));
        }
    }
}
