using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Checkpoints, rows and the ends of a run: docs/protocol.md, "Checkpoints, completion, metrics".</summary>
public sealed class RunCompletionTests
{
    [Fact]
    public void A_checkpoint_counts_only_if_better_and_is_settled_after_the_journal_has_it()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Announce(run.Checkpoint("a", 20));
        run.Announce(run.Checkpoint("b", 10));
        run.Announce(run.Checkpoint("a", 20));
        Assert.Equal(1, run.Count<CheckpointCompleted>());
        Assert.Equal([true, true], run.SentTo<CheckpointSettled>("a").Select(s => s.Accepted));
        Assert.False(Assert.Single(run.SentTo<CheckpointSettled>("b")).Accepted);
        var first = run.Sent.First(s => s.Message is CheckpointSettled);
        Assert.IsType<CheckpointCompleted>(run.Events[first.Journaled - 1]);
    }

    [Fact]
    public void The_two_newest_checkpoints_stay_and_older_ones_may_go()
    {
        var run = new RunHarness().Trains("a");
        foreach (var step in (long[])[10, 20, 30])
        {
            run.Announce(run.Checkpoint("a", step));
        }

        Assert.Equal(["runs/r-1/checkpoints/step-000000010.t1.a-1"], run.SentTo<CheckpointSettled>("a")[^1].Prune);
    }

    [Fact]
    public void An_answer_about_rows_that_was_overtaken_takes_none_back()
    {
        var run = new RunHarness().Trains("a");
        run.Take(new RowsStored(Of(60, number: 2), [], []));
        run.Take(new RowsStored(Of(55, number: 1), [], [new DamagedSampleRow(3, 4, "torn")]));
        Assert.Equal(60, run.State.Progress!.Next);
        Assert.Equal("damaged-sample", Assert.Single(run.Events.OfType<RunNoted>()).Kind);
        // Rows that were ruled out are gone.
        run.Take(new RowsStored(Of(20, number: 3), [], []));
        Assert.Equal(20, run.State.Progress!.Next);

        static RunProgress Of(long next, long number) => new(next, "sha", 3, [RunHarness.Row(next - 1)]) { Number = number };
    }

    [Fact]
    public void A_superseded_checkpoint_stays_as_long_as_an_errand_needs_it_and_then_goes()
    {
        var run = new RunHarness(steps: 1000).Trains("a");
        run.Announce(run.Checkpoint("a", 10));
        var path = run.State.LastCheckpoint!.Path;
        run.Take(new CheckpointsNeeded([path]));
        for (var step = 20; step <= 300; step += 10)
        {
            run.Announce(run.Checkpoint("a", step));
        }

        // Twenty are named at a time.
        Assert.Equal(Enumerable.Range(9, 20).Select(n => 10L * n), run.SentTo<CheckpointSettled>("a")[^1].Prune.Select(Step));
        Assert.DoesNotContain(run.SentTo<CheckpointSettled>("a"), settled => settled.Prune.Contains(path));
        // What was needed and stands still is not freed.
        run.Take(new CheckpointsNeeded([path, run.State.LastCheckpoint!.Path]));
        run.Take(new EvaluationHeard(new EvaluationReported("r-1", "b", 1, "verify-7@r-1", "{}", null)));
        Assert.Empty(Assert.Single(run.SentTo<EvaluationSettled>("b")).Prune);
        run.Take(new CheckpointsNeeded([]));
        run.Take(new EvaluationHeard(new EvaluationReported("r-1", "a", 1, "verify-8@r-1", "{}", null)));
        Assert.Equal([path], Assert.Single(run.SentTo<EvaluationSettled>("a")).Prune);
        run.Announce(run.Checkpoint("a", 310));
        Assert.Equal(Enumerable.Range(10, 20).Select(n => 10L * n).Append(10), run.SentTo<CheckpointSettled>("a")[^1].Prune.Select(Step));
    }

    [Fact]
    public void An_errand_of_a_coordinator_that_is_gone_keeps_no_checkpoint()
    {
        var run = new RunHarness().Trains("a");
        run.Announce(run.Checkpoint("a", 10));
        run.Take(new CheckpointsNeeded([run.State.LastCheckpoint!.Path]));
        run.Announce(run.Checkpoint("a", 20));
        run.RestartCoordinator();
        run.Run("a", 30);
        run.Announce(run.Checkpoint("a", 30));
        Assert.Equal([10], run.SentTo<CheckpointSettled>("a")[^1].Prune.Select(Step));
    }

    [Fact]
    public void Another_digest_of_one_step_raises_the_alarm()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Announce(run.Checkpoint("a", 20));
        run.Announce(run.Checkpoint("b", 20, digest: "other"));
        Assert.Contains("different states of step 20", Assert.Single(run.Events.OfType<RunNoted>()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_workers_that_hold_different_states_of_one_step_neither_is_begun_from()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("a", "b");
        run.Promise("a", heldStep: 5, digest: "aaaaaaaaaa");
        run.Promise("b", heldStep: 5, digest: "bbbbbbbbbb");
        var found = Assert.Single(run.Events.OfType<CorruptionFound>());
        Assert.Contains("a and b hold different states of step 5", found.Text, StringComparison.Ordinal);
        Assert.False(found.Decided);
        Assert.Equal((0, 0), (run.Generation.BaseStep, run.Generation.Sources.Count));
    }

    [Fact]
    public void A_run_is_trained_when_the_last_steps_checkpoint_is_complete_and_all_rows_are_there()
    {
        var run = new RunHarness(steps: 100).Trains("a", "b");
        run.Run("a", 100);
        run.Take(new CheckpointAnnounced(run.Checkpoint("a", 100)));
        Assert.Equal(0, run.Count<RunTrained>());
        Assert.Empty(run.SentTo<Leave>("a"));
        run.Take(new RowsStored(new RunProgress(100, "sha", 3, [RunHarness.Row(99, loss: 1.5)]), [], []));
        var trained = Assert.Single(run.Events.OfType<RunTrained>());
        Assert.Equal(
            (100, "d100", "w100", "sha", 3d, 1.5),
            (trained.Step, trained.Digest, trained.WeightsSha256, trained.LossesSha256, trained.FirstLoss, trained.LastLoss)
        );
        Assert.Equal(RunPhase.Evaluating, RunViewer.Phase(run.State));
        Assert.Equal("completed", Assert.Single(run.SentTo<Leave>("a")).Reason);
    }

    [Fact]
    public void A_checkpoint_is_accepted_once_the_rows_before_it_are_stored()
    {
        var run = new RunHarness(steps: 100).Trains("a");
        run.Run("a", 10);
        run.Take(new RowsStored(new RunProgress(9, "sha", 3, [RunHarness.Row(8)]), [], []));
        run.Take(new CheckpointAnnounced(run.Checkpoint("a", 10)));
        run.Pass(5);
        Assert.Empty(run.State.Checkpoints);
        // Neither accepted nor refused: a refused one would be deleted.
        Assert.Empty(run.SentTo<CheckpointSettled>("a"));
        run.Take(new RowsStored(new RunProgress(10, "sha", 3, [RunHarness.Row(9)]), [], []));
        Assert.Equal(10, run.State.LastCheckpoint!.Step);
        Assert.True(Assert.Single(run.SentTo<CheckpointSettled>("a")).Accepted);
        Assert.Null(run.State.RowsAwaitedSince);
    }

    [Fact]
    public void A_checkpoint_whose_rows_stay_missing_is_accepted_all_the_same()
    {
        var run = new RunHarness(steps: 100).Trains("a");
        run.Run("a", 10);
        run.Take(new CheckpointAnnounced(run.Checkpoint("a", 10)));
        run.Pass(29);
        Assert.Empty(run.State.Checkpoints);
        run.Pass(2);
        Assert.Equal(10, run.State.LastCheckpoint!.Step);
    }

    [Fact]
    public void Rows_that_stay_missing_are_named_and_the_run_is_trained_without_their_digest()
    {
        var run = new RunHarness(steps: 100).Trains("a");
        run.Run("a", 100);
        run.Take(new RowsStored(new RunProgress(40, "sha", 3, [RunHarness.Row(39)]), [], []));
        run.Take(new CheckpointAnnounced(run.Checkpoint("a", 100)));
        run.Pass(31);
        Assert.Null(Assert.Single(run.Events.OfType<RunTrained>()).LossesSha256);
        Assert.Contains("steps 40 to 99", Assert.Single(run.Events.OfType<RunNoted>()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_answer_to_a_status_names_the_first_missing_row()
    {
        var run = new RunHarness().Trains("a");
        run.Take(new RowsStored(new RunProgress(7, "x", 1, [RunHarness.Row(6)]), [], []));
        run.Run("a", 9);
        var ack = run.SentTo<StatusAck>("a")[^1];
        Assert.Equal((run.Worker("a").Sequence, 7), (ack.Sequence, ack.MetricsFrom));
    }

    [Fact]
    public void Rows_with_other_bits_are_an_alarm_that_names_both_generations()
    {
        var run = new RunHarness().Trains("a");
        run.Take(new RowsStored(new RunProgress(7, "x", 1, []), [new RowConflict(4, 1, 2)], []));
        Assert.Contains(
            "generations 1 and 2 computed different losses of step 4",
            Assert.Single(run.Events.OfType<RunNoted>()).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Cancellation_is_journaled_then_workers_leave()
    {
        var run = new RunHarness().Trains("a");
        run.Take(new KillAsked());
        Assert.IsType<CancelRequested>(run.Events[^2]);
        Assert.IsType<RunCanceled>(run.Events[^1]);
        Assert.Equal("canceled", Assert.Single(run.SentTo<Leave>("a")).Reason);
        Assert.Equal(RunPhase.Canceled, RunViewer.Phase(run.State));
    }

    [Fact]
    public void After_its_end_a_run_answers_each_status_with_Leave_and_changes_no_more()
    {
        var run = new RunHarness().Trains("a");
        run.Take(new KillAsked());
        var events = run.Events.Count;
        run.Pass(3);
        run.Announce(run.Checkpoint("a", 100));
        Assert.True(run.SentTo<Leave>("a").Count >= 3);
        Assert.Equal(events, run.Events.Count);
        Assert.False(run.SentTo<CheckpointSettled>("a")[^1].Accepted);
    }

    [Fact]
    public void A_device_budget_in_epochs_learns_its_steps_from_workers()
    {
        var run = new RunHarness(steps: 100).Trains("a");
        run.Say("a", s => s with { TotalSteps = 90 });
        Assert.Equal(90, run.State.TotalSteps);
    }

    private static long Step(string path) =>
        long.Parse(path.Split("step-")[1].Split('.')[0], System.Globalization.CultureInfo.InvariantCulture);
}
