using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>The coordinator's rows of docs/protocol.md.</summary>
public sealed class RunTransitionsTests
{
    [Fact]
    public void Adoption_is_journaled_before_anything_else()
    {
        var run = new RunHarness();
        Assert.Equal(new RunAdopted(1, run.Now), Assert.Single(run.Events));
        run.RestartCoordinator();
        Assert.Equal(2, run.State.Epoch);
    }

    [Fact]
    public void A_submitted_run_wants_a_gang_and_is_queued()
    {
        var run = new RunHarness(min: 2, max: 3);
        var demand = RunDemands.Of(run.State)!;
        Assert.Equal((DemandKind.Gang, 2, 3), (demand.Kind, demand.Min, demand.Max));
        Assert.Equal(RunPhase.Queued, RunViewer.Phase(run.State));
    }

    [Fact]
    public void Offered_workers_are_asked_for_promises_only_after_the_journal_has_the_number()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        var (_, message, journaled) = Assert.Single(run.Sent, s => s.Worker == "a" && s.Message is Prepare);
        Assert.Equal(1, ((Prepare)message).Number);
        Assert.IsType<GenerationPrepared>(run.Events[journaled - 1]);
    }

    [Fact]
    public void A_generation_forms_when_all_have_promised_and_is_journaled_before_Form()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        Assert.Equal(0, run.Count<GenerationFormed>());
        run.Promise("b");
        var formed = Assert.IsType<GenerationFormed>(run.Events[^1]).Record;
        Assert.Equal(["a", "b"], formed.Members.Select(m => m.WorkerId));
        Assert.Equal([(0, 4), (4, 4)], formed.Members.Select(m => (m.ShardStart, m.ShardCount)));
        Assert.Equal((0, "", 0), (formed.BaseStep, formed.BaseDigest, formed.Sources.Count));
        var form = Assert.Single(run.SentTo<Form>("a"));
        Assert.Equal(GenerationSecret.Of(run.State.RunKey, formed), form.Secret);
        Assert.All(run.Sent.Where(s => s.Message is Form), s => Assert.Equal(run.Events.Count, s.Journaled));
    }

    [Fact]
    public void Workers_of_one_data_address_become_neighbors_in_the_order_of_ranks()
    {
        var run = new RunHarness();
        foreach (var id in (string[])["a", "b", "c", "d"])
        {
            run.Say(id, s => s with { DataHost = id is "a" or "c" ? "10.0.0.1" : "10.0.0.2" });
        }

        run.Offer("a", "b", "c", "d");
        Array.ForEach(["a", "b", "c", "d"], id => run.Promise(id));
        Assert.Equal(["a", "c", "b", "d"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal([0, 2, 4, 6], run.Generation.Members.Select(m => m.ShardStart));
    }

    [Fact]
    public void Ready_ranks_get_Start_once_all_are_ready()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Ready("a");
        Assert.Empty(run.SentTo<Start>("a"));
        run.Ready("b");
        Assert.Single(run.SentTo<Start>("a"));
        Assert.Single(run.SentTo<Start>("b"));
        Assert.Equal(RunPhase.Running, RunViewer.Phase(run.State));
    }

    [Fact]
    public void Messages_are_sent_again_each_second_until_they_have_had_their_effect()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Pass(3, "a", "b");
        Assert.Equal(4, run.SentTo<Prepare>("a").Count);
        run.Promise("a");
        run.Pass(3, "a", "b");
        Assert.Equal(4, run.SentTo<Prepare>("a").Count);
        Assert.Equal(7, run.SentTo<Prepare>("b").Count);
    }

    [Fact]
    public void A_stopped_member_ends_the_generation_at_once_and_the_dead_one_is_left_out()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 5);
        run.Run("b", 5);
        run.Take(new Disassociated("b"));
        run.Stop("a", "b");
        Assert.Equal(2, run.State.PreparedNumber);
        run.Promise("a", heldStep: 5);
        Assert.Equal(1, run.Generation.Number);
        run.Take(new ProcessGone("b", 1));
        Assert.Equal((2, 5, "d5"), (run.Generation.Number, run.Generation.BaseStep, run.Generation.BaseDigest));
        Assert.Equal("a", Assert.Single(run.Generation.Members).WorkerId);
        var formed = (GenerationFormed)run.Events[^1];
        Assert.True(formed.Recovery);
        Assert.Equal(1, formed.StepsLost);
        run.Ready("a");
        run.Pass(0.5);
        run.Run("a", 6);
        Assert.Equal(1, run.Count<GenerationResumed>());
        Assert.Equal(1, run.Count<GenerationFormed>() - 1);
    }

    [Fact]
    public void A_gone_process_is_given_up_without_waiting()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Take(new ProcessGone("b", 1));
        Assert.Equal(2, run.State.PreparedNumber);
        run.Promise("a", heldStep: 0);
        Assert.Equal(2, run.Generation.Number);
    }

    [Fact]
    public void A_restarted_member_ends_the_generation_and_may_join_the_next()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 3);
        run.Restart("b");
        Assert.Equal(2, run.State.PreparedNumber);
        run.Promise("a", heldStep: 3);
        run.Promise("b");
        Assert.Equal(["a", "b"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(["a"], run.Generation.Sources.Select(s => s.WorkerId));
        Assert.Equal(2, run.Generation.Members[1].Incarnation);
    }

    [Fact]
    public void A_silent_member_is_not_lost_while_steps_advance()
    {
        var run = new RunHarness().Trains("a", "b");
        for (var step = 1; step < 60; step++)
        {
            run.Run("a", step);
            run.Pass(1, "a");
        }

        Assert.Equal(1, run.State.PreparedNumber);
    }

    [Fact]
    public void A_silent_member_is_lost_when_the_generation_has_not_started()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Ready("a");
        run.Pass(4, "a");
        Assert.Equal(1, run.State.PreparedNumber);
        run.Pass(2, "a");
        Assert.Equal(2, run.State.PreparedNumber);
        Assert.Contains("b is silent", run.State.Prepared!.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void All_members_silent_are_lost_after_five_seconds()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Pass(6, []);
        Assert.Equal(2, run.State.PreparedNumber);
    }

    [Fact]
    public void A_stall_past_two_step_deadlines_names_the_one_that_waits_for_nobody()
    {
        var run = new RunHarness().Trains("a", "b", "c");
        run.Take(new RowsStored(new RunProgress(5, "x", 1, [RunHarness.Row(4)]), [], []));
        run.Run("a", 5);
        run.Say("a", s => s with { WaitsFor = ["b"] });
        run.Say("b", s => s with { WaitsFor = ["c"] });
        run.Pass(9.5);
        Assert.Equal(1, run.State.PreparedNumber);
        run.Pass(2);
        Assert.Equal(2, run.State.PreparedNumber);
        Assert.Contains("a waits for b waits for c", run.State.Prepared!.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_speaks_and_does_not_promise_is_given_up_after_its_deadline()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Take(new RowsStored(new RunProgress(5, "x", 1, [RunHarness.Row(4)]), [], []));
        run.Stop("a", "b");
        run.Promise("a", heldStep: 5);
        run.Pass(2.5);
        Assert.Equal(1, run.Generation.Number);
        run.Pass(1.5);
        Assert.Equal(["a"], run.Generation.Members.Select(m => m.WorkerId));
    }

    [Fact]
    public void A_draining_member_is_a_source_until_the_next_generation_is_ready_and_then_leaves()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 7);
        run.Run("b", 7);
        run.Say("b", s => s with { Draining = true });
        // No step is in flight when they stop: all run through the one that they are told of.
        Assert.Equal(9, run.Events.OfType<GenerationPrepared>().Last().StopAfterStep);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        Assert.Equal(9, run.Generation.BaseStep);
        Assert.Equal(["a"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(["a", "b"], run.Generation.Sources.Select(s => s.WorkerId));
        Assert.Single(run.SentTo<Form>("b").Skip(1));
        Assert.False(run.Events.OfType<GenerationFormed>().Last().Recovery);
        Assert.Empty(run.SentTo<Leave>("b"));
        run.Ready("a");
        Assert.Equal("drained", Assert.Single(run.SentTo<Leave>("b")).Reason);
    }

    [Fact]
    public void Below_its_minimum_a_run_saves_its_state_waits_and_goes_on_by_itself()
    {
        var run = new RunHarness(min: 2).Trains("a", "b");
        run.Run("a", 5);
        run.Take(new ProcessGone("b", 1));
        run.Promise("a", heldStep: 5);
        Assert.Equal(RunPhase.Waiting, RunViewer.Phase(run.State));
        Assert.Equal(5, Assert.Single(run.SentTo<WriteCheckpoint>("a")).MinimumStep);
        run.Announce(run.Checkpoint("a", 5, token: 2));
        Assert.True(Assert.Single(run.SentTo<CheckpointSettled>("a")).Accepted);
        run.Offer("c");
        run.Promise("c");
        Assert.Equal(["a", "c"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(5, run.Generation.BaseStep);
    }

    [Fact]
    public void A_run_that_waits_long_frees_its_workers_and_comes_back_from_the_checkpoint()
    {
        var run = new RunHarness(min: 2).Trains("a", "b");
        run.Announce(run.Checkpoint("a", 5));
        run.Take(new ProcessGone("b", 1));
        run.Promise("a", heldStep: 5);
        run.Pass(31, "a");
        Assert.Equal(RunMode.Seeking, run.State.Mode);
        Assert.NotEmpty(run.SentTo<Leave>("a"));
        run.Say("a", s => s with { Run = null, Phase = WorkerPhase.Idle, Held = null });
        Assert.Empty(run.State.Workers);
        run.Offer("a", "c");
        run.Promise("a");
        run.Promise("c");
        Assert.Equal(
            (5, "runs/r-1/checkpoints/step-000000005.t1.a-1", 0),
            (run.Generation.BaseStep, run.Generation.CheckpointPath, run.Generation.Sources.Count)
        );
    }

    [Fact]
    public void A_running_run_grows_when_it_is_given_a_worker_and_stops_two_steps_on()
    {
        var run = new RunHarness().Trains("a");
        run.Run("a", 20);
        Assert.Equal(DemandKind.Growth, RunDemands.Of(run.State)!.Kind);
        run.Pass(1);
        run.Offer("b");
        var follow = Assert.Single(run.SentTo<Follow>("b"));
        Assert.Equal((1, "a"), (follow.Record.Number, follow.Source.WorkerId));
        run.Follow("b", 15, lag: 5);
        Assert.Empty(run.SentTo<Prepare>("b"));
        run.Follow("b", 19, lag: 1);
        var prepare = Assert.Single(run.SentTo<Prepare>("b"));
        Assert.Equal((2, 22), (prepare.Number, prepare.StopAfterStep));
        run.Promise("b");
        run.Promise("a", heldStep: 22);
        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal((22, false, 0), (formed.Record.BaseStep, formed.Recovery, formed.StepsLost));
        Assert.Equal(["a", "b"], formed.Record.Members.Select(m => m.WorkerId));
    }

    [Fact]
    public void Members_never_stop_for_a_joiner_that_is_silent_and_do_for_one_that_cannot_follow()
    {
        var run = new RunHarness().Trains("a");
        run.Run("a", 20);
        run.Pass(1);
        run.Offer("b", "c");
        run.Follow("c", 20);
        Assert.Equal(1, run.State.PreparedNumber);
        // b has never spoken since; c alone is taken.
        run.Pass(6, "a", "c");
        Assert.DoesNotContain("b", run.State.Workers.Keys);
        Assert.Equal("c joins", run.State.Prepared!.Cause);

        var other = new RunHarness().Trains("a");
        other.Run("a", 20);
        other.Pass(1);
        other.Offer("b");
        other.Say("b", s => s with { Run = other.State.Run, Phase = WorkerPhase.Stopped });
        Assert.Equal("b joins", other.State.Prepared!.Cause);
    }

    [Fact]
    public void A_joiner_that_does_not_catch_up_in_time_copies_while_the_next_generation_forms()
    {
        var run = new RunHarness(steps: 100_000).Trains("a");
        run.Run("a", 20);
        run.Pass(1);
        run.Offer("b");
        for (var second = 0; run.State.PreparedNumber == 1 && second < 300; second++)
        {
            run.Run("a", 20 + (10 * second));
            run.Follow("b", 20 + (5 * second), lag: 5 * second + 5);
            run.Pass(1);
        }

        Assert.InRange((run.Now - run.State.Workers["b"].KnownAt).TotalSeconds, 120, 125);
    }

    [Fact]
    public void A_follower_is_no_reason_to_gather_again_however_far_it_is()
    {
        var run = new RunHarness().Trains("a");
        run.Run("a", 20);
        run.Pass(1);
        run.Offer("b");
        // The member's own word of its step is older than what the follower has of it.
        run.Follow("b", 25, lag: 3);
        run.Pass(2);
        Assert.Equal(1, run.State.PreparedNumber);
    }

    [Fact]
    public void A_member_that_dies_while_the_run_grows_makes_the_growth_a_recovery_from_the_steps_it_took_along()
    {
        var run = new RunHarness().Trains("a");
        run.Announce(run.Checkpoint("a", 10));
        run.Run("a", 20);
        run.Pass(1);
        run.Offer("b");
        run.Follow("b", 20);
        var since = run.Now;
        run.Pass(1, "b");
        run.Take(new ProcessGone("a", 1));
        run.Promise("b");
        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal((10, true), (formed.Record.BaseStep, formed.Recovery));
        Assert.InRange(formed.StepsLost, 10, 11);
        Assert.Equal(since, formed.SuspectedAt);
        Assert.Equal((1, formed.StepsLost), Lost(run));
        run.Ready("b");
        run.Run("b", 11);
        Assert.Equal(1, run.Count<GenerationResumed>());
    }

    [Fact]
    public void A_recovery_that_a_growth_follows_at_once_has_its_own_time()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 5);
        run.Run("b", 5);
        run.Take(new Disassociated("b"));
        run.Stop("a", "b");
        run.Promise("a", heldStep: 5);
        run.Take(new ProcessGone("b", 1));
        run.Ready("a");
        run.Pass(0.5, "a");
        run.Run("a", 5);
        run.Pass(0.5, "a");
        run.Offer("c");
        run.Follow("c", 5);
        Assert.True(run.State.Started);
        Assert.NotNull(run.Events.OfType<GenerationPrepared>().Last().StopAfterStep);
        Assert.Equal(0, run.Count<GenerationResumed>());
        run.Pass(0.5);
        run.Run("a", 6);
        Assert.Equal(2, Assert.Single(run.Events.OfType<GenerationResumed>()).Number);
        run.Promise("c");
        run.Promise("a", heldStep: 7);
        Assert.Equal((3, false), (run.Generation.Number, run.Events.OfType<GenerationFormed>().Last().Recovery));
    }

    private static (int, long) Lost(RunHarness run) =>
        (run.State.Generations.Count(g => g.Recovery), run.State.Generations.Where(g => g.Recovery).Sum(g => g.StepsLost));

    [Fact]
    public void Within_two_steps_of_its_end_a_run_asks_for_nobody()
    {
        var run = new RunHarness(steps: 30).Trains("a");
        run.Run("a", 27);
        Assert.Equal(DemandKind.Growth, RunDemands.Of(run.State)!.Kind);
        run.Run("a", 28);
        Assert.Null(RunDemands.Of(run.State));
    }

    [Fact]
    public void More_ranks_that_leave_the_largest_share_as_it_is_are_not_wanted()
    {
        var run = new RunHarness(max: 5).Trains("a", "b", "c", "d");
        Assert.Null(RunDemands.Of(run.State));
    }

    [Fact]
    public void A_pair_that_failed_to_connect_while_forming_is_kept_apart_until_the_blame_expires()
    {
        var run = new RunHarness(min: 2);
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Stop("a", "b", whileForming: true);
        run.Promise("a");
        run.Promise("b");
        Assert.Contains("could not connect", run.State.WaitingReason, StringComparison.Ordinal);
        run.Pass(20);
        Assert.Equal(1, run.Generation.Number);
        run.Pass(12);
        Assert.Equal(2, run.Generation.Number);
    }

    [Fact]
    public void A_loss_while_running_blames_nobody()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("a", "b");
        Assert.Empty(run.State.Blames);
    }

    [Fact]
    public void A_new_incarnation_clears_the_blame()
    {
        var run = new RunHarness(min: 2);
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Stop("a", "b", whileForming: true);
        run.Promise("a");
        run.Restart("b");
        run.Promise("b");
        Assert.Equal(2, run.Generation.Number);
    }

    [Theory]
    [InlineData(FailureKind.NonFinite, "loss is NaN at step 7")]
    [InlineData(FailureKind.Data, "no such file: a")]
    public void What_no_worker_can_get_over_fails_the_run_with_its_text(FailureKind kind, string text)
    {
        var run = new RunHarness().Trains("a", "b");
        run.Say("b", s => s with { Phase = WorkerPhase.Stopped, Failure = new WorkerFailure(kind, text), ProgressStep = 7 });
        Assert.Equal(new RunFailed($"b: {text}", 7, run.Now), run.Events[^1]);
        Assert.Equal("failed", Assert.Single(run.SentTo<Leave>("a")).Reason);
    }

    [Fact]
    public void A_worker_whose_device_failed_is_not_used_again_in_this_run()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Say("b", s => s with { Phase = WorkerPhase.Stopped, Failure = new WorkerFailure(FailureKind.Device, "out of memory") });
        Assert.Equal(1, run.Count<WorkerExcluded>());
        Assert.NotEmpty(run.SentTo<Leave>("b"));
        run.Promise("a", heldStep: 0);
        Assert.Equal(["a"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Contains("b#1", RunDemands.Of(run.State with { Started = true })!.Excluded);
    }
}
