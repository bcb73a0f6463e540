using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Storage that refuses, is late, or has lost what it was given.</summary>
public sealed class CheckpointFaultTests
{
    private static readonly CheckpointTrouble Full = new(10, false, "checkpoint 10: no space left on device");

    [Fact]
    public void A_checkpoint_that_is_not_in_storage_is_noted_once_an_outage_and_the_run_goes_on()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 10);
        run.Say("a", s => s with { Trouble = Full });
        run.Say("a", s => s with { Trouble = Full with { Step = 20 } });
        run.Pass(3);
        Assert.Equal(["a trains on: checkpoint 10: no space left on device"], Troubles(run));
        run.Say("a", s => s with { Trouble = new CheckpointTrouble(30, true, "late") });
        run.Say("a", s => s with { Trouble = null });
        run.Say("a", s => s with { Trouble = Full });
        Assert.Equal(["a trains on: late", "a trains on: checkpoint 10: no space left on device"], Troubles(run).Skip(1));
        Assert.Equal((1L, RunMode.Watching), (run.Generation.Number, run.State.Mode));
    }

    [Fact]
    public void A_damaged_checkpoint_counts_no_more_and_the_one_before_it_is_the_base()
    {
        var run = AllLost(steps: [10, 20]);
        var newest = run.State.LastCheckpoint!;
        Assert.Equal((20, newest.Path), (run.Generation.BaseStep, run.Generation.CheckpointPath));
        Damaged(run, newest.Path);
        var damage = Assert.Single(run.Events.OfType<CheckpointDamaged>());
        Assert.Equal((newest.Path, 20L, "c", "torn"), (damage.Path, damage.Step, damage.Worker, damage.Reason));
        Assert.Contains(newest.Path, run.State.History[^2].Text, StringComparison.Ordinal);
        run.Promise("c");
        Assert.Equal((10, run.State.LastCheckpoint!.Path), (run.Generation.BaseStep, run.Generation.CheckpointPath));
        Assert.Contains("step-000000010", run.Generation.CheckpointPath, StringComparison.Ordinal);
    }

    [Fact]
    public void When_every_checkpoint_is_damaged_the_run_begins_anew()
    {
        var run = AllLost(steps: [10]);
        Damaged(run, run.State.LastCheckpoint!.Path);
        run.Promise("c");
        Assert.Equal((0, null, 0), (run.Generation.BaseStep, run.Generation.CheckpointPath, run.Generation.Sources.Count));
    }

    [Fact]
    public void A_damaged_checkpoint_is_not_accepted_again()
    {
        var run = AllLost(steps: [10, 20]);
        var newest = run.Checkpoint("a", 20);
        Damaged(run, newest.Path);
        run.Announce(newest);
        Assert.Equal(10, run.State.LastCheckpoint!.Step);
        Assert.False(run.SentTo<CheckpointSettled>("a")[^1].Accepted);
    }

    [Fact]
    public void A_word_about_a_checkpoint_that_is_none_of_the_runs_changes_nothing()
    {
        var run = AllLost(steps: [10, 20]);
        Damaged(run, "elsewhere");
        Assert.Equal((20, 0), (run.State.LastCheckpoint!.Step, run.Count<CheckpointDamaged>()));
    }

    /// <summary>Every worker is gone after these checkpoints, and c forms from the newest.</summary>
    private static RunHarness AllLost(params IReadOnlyList<long> steps)
    {
        var run = new RunHarness().Trains("a");
        foreach (var step in steps)
        {
            run.Run("a", step);
            run.Announce(run.Checkpoint("a", step));
        }

        run.Take(new ProcessGone("a", 1));
        run.Pass(40, "c");
        run.Offer("c");
        run.Promise("c");
        return run;
    }

    private static void Damaged(RunHarness run, string path) =>
        run.Say(
            "c",
            s =>
                s with
                {
                    Promised = run.Generation.Number,
                    Generation = run.Generation.Number,
                    Phase = WorkerPhase.Stopped,
                    Held = null,
                    Damaged = new DamagedCheckpoint(path, "torn"),
                }
        );

    private static IEnumerable<string> Troubles(RunHarness run) =>
        run.Events.OfType<RunNoted>().Where(e => e.Kind == "checkpoint-trouble").Select(e => e.Text);
}
