using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Ranks that differ: the run goes back to where everything was proven, and never uses what came after.</summary>
public sealed class CorruptionTests
{
    private const CorruptionKind Computation = CorruptionKind.Computation;

    [Fact]
    public void Who_computes_wrong_numbers_is_excluded_and_the_run_goes_back_to_the_newest_checkpoint_before_its_last_proof()
    {
        // Checks at 0 (a, b), 20 (b, c), 40 (c, a), 60 (a, c), …: b was last proven at step 20.
        var run = ThreeTrain(checkpoints: [20, 40, 50], progress: 60);
        Find(run, "a", Computation, 60, true, "b");
        var found = Assert.Single(run.Events.OfType<CorruptionFound>());
        Assert.Equal((20, 20, 1), (found.Proven, found.BaseStep, found.Generation));
        Assert.Equal(["b#1"], found.Accused);
        Assert.Contains(
            "b computes wrong numbers and is not used for this run again",
            run.State.History[^2].Text,
            StringComparison.Ordinal
        );
        Assert.Equal(20, run.State.LastCheckpoint!.Step);
        Hold(run, 60, "a", "b", "c");
        Assert.Equal(
            (20, run.State.LastCheckpoint.Path, 0),
            (run.Generation.BaseStep, run.Generation.CheckpointPath, run.Generation.Sources.Count)
        );
        Assert.Equal(["a", "c"], run.Generation.Members.Select(member => member.WorkerId));
    }

    [Fact]
    public void A_finding_is_acted_on_once_whoever_tells_it_and_however_often()
    {
        var run = ThreeTrain(checkpoints: [10], progress: 15);
        Find(run, "a", Computation, 15, true, "b");
        Find(run, "c", Computation, 15, true, "b");
        run.Pass(2);
        Assert.Equal(1, run.Count<CorruptionFound>());
    }

    [Fact]
    public void Memory_that_erred_is_filled_anew_and_its_worker_stays()
    {
        // States are compared after steps 0, 10, 20, …: with 1, 11, 21, … completed.
        var run = ThreeTrain(checkpoints: [10, 20], progress: 31);
        Find(run, "a", CorruptionKind.State, 31, true, "b");
        var found = Assert.Single(run.Events.OfType<CorruptionFound>());
        Assert.Equal((21, 20), (found.Proven, found.BaseStep));
        Hold(run, 31, "a", "b", "c");
        Assert.Equal(["a", "b", "c"], run.Generation.Members.Select(member => member.WorkerId));
        Assert.Equal(20, run.Generation.BaseStep);
    }

    [Fact]
    public void Different_states_under_one_promise_are_a_finding_too()
    {
        var run = ThreeTrain(checkpoints: [10, 20], progress: 25);
        run.Stop("a", "b");
        run.Promise("a", 25, "0123456789");
        run.Promise("b", 25, "9876543210");
        run.Promise("c", 25, "0123456789");
        var found = Assert.Single(run.Events.OfType<CorruptionFound>());
        Assert.Equal((CorruptionKind.State, true, 20), (found.Kind, found.Decided, found.BaseStep));
        Assert.Equal(["b#1"], found.Accused);
        Assert.Equal((20, 2), (run.Generation.BaseStep, run.Generation.Number));
    }

    [Fact]
    public void Without_a_checkpoint_that_old_the_run_begins_anew()
    {
        var run = ThreeTrain(checkpoints: [30], progress: 60);
        Find(run, "c", Computation, 60, false, "a", "b");
        Hold(run, 60, "a", "b", "c");
        Assert.Equal((0, null, 0), (run.Generation.BaseStep, run.Generation.CheckpointPath, run.Generation.Sources.Count));
        Assert.Equal(["c"], run.Generation.Members.Select(member => member.WorkerId));
    }

    [Fact]
    public void What_was_written_or_held_before_the_run_went_back_counts_no_more()
    {
        var run = ThreeTrain(checkpoints: [10, 20], progress: 60);
        Find(run, "a", Computation, 60, true, "b");
        Hold(run, 60, "a", "b", "c");
        foreach (var id in new[] { "a", "c" })
        {
            run.Ready(id);
            run.Run(id, run.Generation.BaseStep + 1);
        }

        run.Announce(run.Checkpoint("a", 50));
        Assert.Equal((20, false), (run.State.LastCheckpoint!.Step, run.SentTo<CheckpointSettled>("a")[^1].Accepted));
        // One that was cut off and is back, above all that the generation has.
        run.Say("d", s => s with { Run = run.State.Run, Promised = 1, Generation = 1, Phase = WorkerPhase.Stopped, ProgressStep = 60 });
        run.Pass(2);
        Assert.Equal((2, 1), (run.Generation.Number, run.Count<CorruptionFound>()));
        run.Announce(run.Checkpoint("a", 30, token: 2));
        Assert.Equal(30, run.State.LastCheckpoint!.Step);
    }

    [Fact]
    public void A_new_coordinator_goes_back_as_well()
    {
        var run = ThreeTrain(checkpoints: [10, 20], progress: 60);
        Find(run, "a", Computation, 60, true, "b");
        run.RestartCoordinator();
        // Their promises tell that a number was prepared: the new coordinator takes the next.
        Hold(run, 60, "a", "b", "c");
        Hold(run, 60, "a", "b", "c");
        Assert.Equal(20, run.Generation.BaseStep);
        Assert.DoesNotContain(run.Generation.Members, member => member.WorkerId == "b");
    }

    [Fact]
    public void A_program_that_computes_by_chance_fails_the_run_and_does_not_go_back_for_ever()
    {
        var run = ThreeTrain(checkpoints: [10, 20], progress: 31);
        for (var time = 0; run.State.End is null && time < 10; time++)
        {
            Find(run, "a", CorruptionKind.State, 31, true, "b");
            if (run.State.End is null)
            {
                Hold(run, 31, "a", "b", "c");
                foreach (var id in new[] { "a", "b", "c" })
                {
                    run.Ready(id);
                    run.Run(id, 31);
                }
            }
        }

        Assert.Equal(3, run.Count<CorruptionFound>());
        Assert.Contains("gone back to step 20 3 times", run.State.EndReason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_checkpoint_that_is_proven_is_kept_beyond_the_newest_two_and_the_one_after_it()
    {
        var run = ThreeTrain(checkpoints: [10, 20, 30, 40], progress: 40);
        // At 40, a is proven up to 0: 10 is to become the proven one.
        Assert.Equal([10, 30, 40], Kept(run));
        run.Run("a", 50);
        run.Announce(run.Checkpoint("a", 50));
        // At 50, b is proven up to 20.
        Assert.Equal([10, 30, 40, 50], Kept(run));
        run.Run("a", 70);
        run.Announce(run.Checkpoint("a", 70));
        // At 70, b is proven up to 20 and a and c up to 60.
        Assert.Equal([10, 30, 50, 70], Kept(run));
        run.Run("a", 90);
        run.Announce(run.Checkpoint("a", 90));
        // At 90, c is proven up to 60.
        Assert.Equal([50, 70, 90], Kept(run));
    }

    [Fact]
    public void Who_trains_alone_is_never_compared_and_keeps_the_newest_two()
    {
        var run = new RunHarness(recompute: 20).Trains("a");
        foreach (var step in new[] { 10, 20, 30 })
        {
            run.Run("a", step);
            run.Announce(run.Checkpoint("a", step));
        }

        Assert.Equal([20, 30], Kept(run));
    }

    private static IEnumerable<long> Kept(RunHarness run) =>
        run.State.Checkpoints.Where(c => !run.State.Superseded.Contains(c.Path)).Select(c => c.Step);

    private static RunHarness ThreeTrain(long[] checkpoints, long progress)
    {
        var run = new RunHarness(min: 1, recompute: 20).Trains("a", "b", "c");
        foreach (var step in checkpoints)
        {
            run.Run("a", step);
            run.Announce(run.Checkpoint("a", step));
        }

        run.Run("a", progress);
        return run;
    }

    private static void Find(RunHarness run, string teller, CorruptionKind kind, long step, bool decided, params string[] accused) =>
        run.Say(
            teller,
            s =>
                s with
                {
                    Phase = WorkerPhase.Stopped,
                    Corruption = new FoundCorruption(kind, step, accused, decided, "the gradient differs"),
                }
        );

    private static void Hold(RunHarness run, long step, params string[] ids)
    {
        foreach (var id in ids)
        {
            run.Promise(id, step);
        }
    }
}
