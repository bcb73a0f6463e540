using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Runs that users stop: to go on later, or to end.</summary>
public sealed class PauseTests
{
    private static readonly PauseAsked Pause = new("ada");
    private static readonly ResumeAsked Resume = new("bob");

    private static RunHarness Trains(params string[] ids)
    {
        var run = new RunHarness().Trains(ids);
        foreach (var id in ids)
        {
            run.Run(id, 7);
        }

        return run;
    }

    /// <summary>All have stopped at step 9 and promised; nothing is in a checkpoint yet.</summary>
    private static RunHarness Stopped(RunAsked asked)
    {
        var run = Trains("a", "b");
        run.Take(asked);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        return run;
    }

    private static RunHarness Paused()
    {
        var run = Stopped(Pause);
        run.Announce(run.Checkpoint("a", 9, token: 2));
        foreach (var id in (string[])["a", "b"])
        {
            run.Say(id, s => RunHarness.Idle(id) with { Sequence = s.Sequence });
        }

        return run;
    }

    [Fact]
    public void A_run_that_is_paused_stops_by_a_checkpoint_frees_all_and_wants_nobody()
    {
        var run = Stopped(Pause);
        var prepared = run.Events.OfType<GenerationPrepared>().Last();
        Assert.Equal((9L, "paused by ada", false), (prepared.StopAfterStep!.Value, prepared.Cause, prepared.Loss));
        Assert.Equal(RunPhase.Pausing, RunViewer.Phase(run.State));
        Assert.Equal(9, Assert.Single(run.SentTo<WriteCheckpoint>("a")).MinimumStep);
        Assert.Empty(run.SentTo<Leave>("a"));
        run.Announce(run.Checkpoint("a", 9, token: 2));
        Assert.Equal("released", Assert.Single(run.SentTo<Leave>("b")).Reason);
        Assert.Equal((RunPhase.Paused, "paused by ada"), (RunViewer.Phase(run.State), RunViewer.Reason(run.State)));
        Assert.Equal("paused by ada at step 9; its workers are free", run.Events.OfType<RunNoted>().Last().Text);
        Assert.Null(RunDemands.Of(run.State));
    }

    [Fact]
    public void A_resumed_run_goes_on_from_its_checkpoint_and_waits_from_then_on()
    {
        var run = Paused();
        run.Pass(60);
        Assert.Equal(RunPhase.Paused, RunViewer.Phase(run.State));
        run.Take(Resume);
        var report = RunDemands.Report(run.State, 1);
        Assert.Equal((DemandKind.Gang, run.Now), (report.Demand!.Kind, report.WaitsSince!.Value));
        run.Offer("c");
        run.Promise("c");
        Assert.Equal((9L, "runs/r-1/checkpoints/step-000000009.t2.a-1"), (run.Generation.BaseStep, run.Generation.CheckpointPath));
        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal((false, 0L), (formed.Recovery, formed.StepsLost));
        run.Ready("c");
        run.Run("c", 9);
        Assert.Equal(RunPhase.Running, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_queued_run_is_paused_where_it_is_and_drops_an_offer_that_was_on_its_way()
    {
        var run = new RunHarness();
        run.Take(Pause);
        Assert.Equal((RunPhase.Paused, "paused by ada"), (RunViewer.Phase(run.State), RunViewer.Reason(run.State)));
        Assert.Null(RunDemands.Of(run.State));
        run.Offer("a");
        Assert.Empty(RunDemands.Report(run.State, 1).Claimed);
        Assert.Empty(run.Sent);
        run.Take(Resume);
        Assert.Equal(RunPhase.Queued, RunViewer.Phase(run.State));
        Assert.Equal(DemandKind.Gang, RunDemands.Of(run.State)!.Kind);
    }

    [Fact]
    public void Asked_twice_it_is_done_once()
    {
        var run = new RunHarness();
        run.Take(Resume);
        run.Take(Pause);
        run.Take(Pause with { By = "eve" });
        Assert.Equal(("ada", 1), (run.State.Pause!.By, run.Count<PauseRequested>()));
        run.Take(Resume);
        run.Take(Resume);
        Assert.Equal(1, run.Count<PauseLifted>());
    }

    [Fact]
    public void A_run_is_paused_while_its_first_generation_forms()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Take(Pause);
        run.Promise("b");
        Assert.Equal((RunPhase.Paused, 0), (RunViewer.Phase(run.State), run.Count<GenerationFormed>()));
        Assert.Single(run.SentTo<Leave>("a"));
    }

    [Fact]
    public void A_run_is_paused_while_a_formed_generation_is_not_ready()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Ready("a");
        run.Take(Pause);
        Assert.Equal(RunMode.Preparing, run.State.Mode);
        run.Promise("a", heldStep: 0);
        run.Promise("b", heldStep: 0);
        Assert.Equal(RunPhase.Paused, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_loss_while_it_pauses_costs_nothing_that_others_hold()
    {
        var run = Trains("a", "b");
        run.Take(Pause);
        run.Take(new ProcessGone("a", 1));
        run.Promise("b", heldStep: 8);
        Assert.Equal(8, Assert.Single(run.SentTo<WriteCheckpoint>("b")).MinimumStep);
        run.Announce(run.Checkpoint("b", 8, token: 2));
        Assert.Equal(RunPhase.Paused, RunViewer.Phase(run.State));
        Assert.Single(run.State.Generations);
    }

    [Fact]
    public void Resumed_before_its_checkpoint_it_goes_on_with_what_its_members_hold()
    {
        var run = Stopped(Pause);
        run.Take(Resume);
        Assert.Equal((2, 9L), (run.Generation.Members.Count, run.Generation.BaseStep));
        Assert.Null(run.State.Recall);
        run.Ready("a");
        run.Ready("b");
        Assert.Equal(RunPhase.Running, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_pause_whose_checkpoint_does_not_come_about_is_given_up_and_the_run_trains_on()
    {
        var run = Stopped(Pause);
        run.Pass(119);
        Assert.Equal(RunPhase.Pausing, RunViewer.Phase(run.State));
        run.Pass(2);
        Assert.Equal((2, 9L), (run.Generation.Members.Count, run.Generation.BaseStep));
        Assert.Equal(
            "is not paused: no checkpoint was complete after 120 s; it keeps its workers",
            RunHistory.Text(run.Events.OfType<PauseLifted>().Single())
        );
        run.Ready("a");
        run.Ready("b");
        run.Pass(5);
        Assert.Equal(RunPhase.Running, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_restart_between_the_request_and_the_checkpoint_stops_it_all_the_same()
    {
        var run = Trains("a", "b");
        run.Take(Pause);
        run.RestartCoordinator();
        // They had not heard of it, and train on.
        run.Run("a", 9);
        var prepared = run.Events.OfType<GenerationPrepared>().Last();
        Assert.Equal((11L, "paused by ada"), (prepared.StopAfterStep!.Value, prepared.Cause));
        run.Promise("a", heldStep: 11);
        run.Promise("b", heldStep: 11);
        run.RestartCoordinator();
        run.Say("a", s => s);
        run.Promise("a", heldStep: 11);
        run.Promise("b", heldStep: 11);
        Assert.NotEmpty(run.SentTo<WriteCheckpoint>("a"));
        run.Announce(run.Checkpoint("a", 11, token: run.State.PreparedNumber));
        Assert.Equal(RunPhase.Paused, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_restart_finds_a_paused_run_paused_at_once_and_who_still_serves_it_leaves()
    {
        var run = Stopped(Pause);
        run.Announce(run.Checkpoint("a", 9, token: 2));
        run.RestartCoordinator();
        Assert.Equal((RunPhase.Paused, "paused by ada"), (RunViewer.Phase(run.State), RunViewer.Reason(run.State)));
        var before = run.SentTo<Leave>("a").Count;
        run.Say("a", s => s);
        Assert.Equal(before + 1, run.SentTo<Leave>("a").Count);
        run.Pass(120, "b");
        Assert.Equal((RunPhase.Paused, 1), (RunViewer.Phase(run.State), run.State.Generations.Count));
        Assert.Null(RunDemands.Of(run.State));
    }

    [Fact]
    public void A_run_that_finishes_or_has_ended_is_not_paused_and_says_why()
    {
        var run = Trains("a");
        run.Run("a", 98);
        Assert.Contains("within two steps of its end", AskingRules.Refusal(run.State, Pause)!.Text, StringComparison.Ordinal);
        run.Run("a", 100);
        run.Announce(run.Checkpoint("a", 100));
        Assert.Contains("has trained all its steps", AskingRules.Refusal(run.State, Pause)!.Text, StringComparison.Ordinal);
        run.Take(Pause);
        Assert.Equal(0, run.Count<PauseRequested>());
        run.Take(new KillAsked("ada"));
        Assert.Contains("has ended: canceled", AskingRules.Refusal(run.State, Pause)!.Text, StringComparison.Ordinal);
        Assert.Contains("has ended", AskingRules.Refusal(run.State, Resume)!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pause_that_its_end_overtakes_does_not_hold_it_up()
    {
        var run = Trains("a");
        run.Take(Pause);
        run.RestartCoordinator();
        run.Run("a", 99);
        run.Run("a", 100);
        run.Announce(run.Checkpoint("a", 100));
        Assert.Equal(1, run.Count<RunTrained>());
        Assert.Equal(DemandKind.Evaluation, RunDemands.Of(run.State)!.Kind);
    }

    [Fact]
    public void A_run_that_was_stopped_for_another_is_paused_while_it_waits()
    {
        var run = Trains("a", "b");
        run.Take(new MembersRecalled(["a", "b"], true, "stopped for r-2"));
        run.Promise("a", heldStep: 9);
        run.Take(Pause);
        run.Promise("b", heldStep: 9);
        run.Announce(run.Checkpoint("a", 9, token: 2));
        Assert.Equal((RunPhase.Paused, "paused by ada"), (RunViewer.Phase(run.State), RunViewer.Reason(run.State)));
    }

    [Fact]
    public void A_run_that_is_canceled_writes_a_checkpoint_first_and_ends_with_its_path()
    {
        var run = Stopped(new CancelAsked("ada"));
        Assert.Equal(RunPhase.Canceling, RunViewer.Phase(run.State));
        Assert.StartsWith("cancellation was asked for by ada; needs 1 worker", RunViewer.Reason(run.State), StringComparison.Ordinal);
        Assert.Equal(9, Assert.Single(run.SentTo<WriteCheckpoint>("a")).MinimumStep);
        Assert.Empty(run.SentTo<Leave>("a"));
        run.Announce(run.Checkpoint("a", 9, token: 2));
        var canceled = Assert.IsType<RunCanceled>(run.Events[^1]);
        Assert.Equal((9L, "runs/r-1/checkpoints/step-000000009.t2.a-1"), (canceled.Step, canceled.Path));
        Assert.Equal("canceled", Assert.Single(run.SentTo<Leave>("b")).Reason);
        Assert.True(run.SentTo<CheckpointSettled>("a")[^1].Accepted);
    }

    [Fact]
    public void A_cancellation_whose_checkpoint_does_not_come_about_ends_at_the_newest_one()
    {
        var run = Trains("a", "b");
        run.Announce(run.Checkpoint("a", 5));
        run.Take(new CancelAsked("ada"));
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        run.Pass(119);
        Assert.Null(run.State.End);
        run.Pass(5);
        Assert.EndsWith("step-000000005.t1.a-1", Assert.IsType<RunCanceled>(run.Events[^1]).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancellation_of_ranks_that_do_not_answer_ends_too()
    {
        var run = Trains("a", "b");
        run.Take(new CancelAsked("ada"));
        run.Pass(160, "nobody");
        Assert.Equal((RunPhase.Canceled, 1), (RunViewer.Phase(run.State), run.State.Generations.Count));
    }

    [Fact]
    public void What_waits_or_has_trained_is_canceled_at_once()
    {
        var queued = new RunHarness();
        queued.Take(new CancelAsked());
        Assert.IsType<RunCanceled>(queued.Events[^1]);
        var paused = Paused();
        paused.Take(new CancelAsked());
        Assert.EndsWith("step-000000009.t2.a-1", Assert.IsType<RunCanceled>(paused.Events[^1]).Path, StringComparison.Ordinal);
        var trained = Trains("a");
        trained.Run("a", 100);
        trained.Announce(trained.Checkpoint("a", 100));
        trained.Take(new CancelAsked());
        Assert.IsType<RunCanceled>(trained.Events[^1]);
    }

    [Fact]
    public void A_restart_between_the_cancellation_and_its_checkpoint_cancels_it_all_the_same()
    {
        var run = Stopped(new CancelAsked("ada"));
        run.Pass(100);
        run.RestartCoordinator();
        Assert.Equal(RunPhase.Canceling, RunViewer.Phase(run.State));
        run.Say("a", s => s);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        // They have their time anew.
        run.Pass(60);
        Assert.Null(run.State.End);
        run.Announce(run.Checkpoint("a", 9, token: 3));
        Assert.EndsWith("step-000000009.t3.a-1", Assert.IsType<RunCanceled>(run.Events[^1]).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_killed_ends_at_once_also_while_it_is_canceled_or_paused()
    {
        foreach (var before in (RunAsked?[])[null, new CancelAsked("ada"), Pause])
        {
            var run = Trains("a", "b");
            if (before is not null)
            {
                run.Take(before);
            }

            run.Take(new KillAsked("bob"));
            Assert.Equal(("kill-requested", "canceled"), (RunHistory.Kind(run.Events[^2]), RunHistory.Kind(run.Events[^1])));
            Assert.Equal("its end at once was asked for by bob", RunHistory.Text(run.Events[^2]));
            Assert.Equal("canceled", run.SentTo<Leave>("a")[^1].Reason);
            run.RestartCoordinator();
            Assert.Equal(RunPhase.Canceled, RunViewer.Phase(run.State));
        }
    }

    [Fact]
    public void A_run_that_is_paused_can_be_canceled_on_the_way_and_not_resumed_then()
    {
        var run = Stopped(Pause);
        run.Take(new CancelAsked("bob"));
        Assert.Equal(RunPhase.Canceling, RunViewer.Phase(run.State));
        Assert.Contains("is being canceled", AskingRules.Refusal(run.State, Resume)!.Text, StringComparison.Ordinal);
        run.Announce(run.Checkpoint("a", 9, token: 2));
        Assert.Equal(RunPhase.Canceled, RunViewer.Phase(run.State));
    }

    [Fact]
    public void An_offer_that_comes_after_the_end_is_not_claimed()
    {
        var run = new RunHarness();
        run.Take(new KillAsked("bob"));
        Assert.NotNull(run.State.End);
        run.Offer("a");
        Assert.Empty(RunDemands.Report(run.State, 1).Claimed);
    }
}
