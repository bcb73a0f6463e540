using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>The shortest ways in which naive variants of the protocol go wrong (docs/protocol.md), as far as the coordinator can.</summary>
public sealed class MembershipTrapsTests
{
    [Fact]
    public void A_member_that_thaws_into_a_quarantine_gives_its_state_and_is_no_member_until_that_is_over()
    {
        var run = new RunHarness(min: 2).Trains("a", "b", "c");
        run.Run("a", 5);
        run.Stop("a", "c");
        run.Promise("a", heldStep: 5);
        run.Promise("b", heldStep: 5);
        run.Promise("c", heldStep: 6, keptOut: true);
        Assert.Equal(["a", "b"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal((6L, "c"), (run.Generation.BaseStep, Assert.Single(run.Generation.Sources).WorkerId));
        Assert.Single(run.SentTo<Form>("c"), form => form.Record.Number == 2);
        run.Ready("a");
        run.Ready("b");
        Assert.Equal("released", run.SentTo<Leave>("c").Single().Reason);
    }

    [Fact]
    public void A_run_that_needs_one_in_quarantine_waits_until_it_is_over()
    {
        var run = new RunHarness(min: 2).Trains("a", "b");
        run.Stop("a", "b");
        run.Promise("a", heldStep: 5);
        run.Promise("b", heldStep: 5, keptOut: true);
        Assert.Equal("needs 2 workers, has 1 (b was lost again and again and is kept out (quarantine))", run.State.WaitingReason);
        Assert.Equal(RunPhase.Waiting, RunViewer.Phase(run.State));
        run.Promise("b", heldStep: 5);
        Assert.Equal(["a", "b"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(2, run.Generation.Number);
    }

    [Fact]
    public void Trap_1_progress_reports_are_no_promises()
    {
        var run = new RunHarness().Trains("a", "c");
        run.Run("a", 1);
        run.Stop("c", "a");
        // a has not stopped: whatever its status says of its progress, nothing forms before its promise.
        run.Say("a", s => s with { Held = new HeldState(1, "d1", 1) });
        run.Promise("c", heldStep: 0);
        Assert.Equal(1, run.Generation.Number);
        run.Promise("a", heldStep: 1);
        Assert.Equal((2, 1), (run.Generation.Number, run.Generation.BaseStep));
    }

    [Fact]
    public void Trap_2_no_message_leaves_before_its_event_is_journaled()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("a", "b");
        run.Promise("a", heldStep: 0);
        run.Promise("b", heldStep: 0);
        foreach (var (_, message, journaled) in run.Sent)
        {
            var journal = run.Events.Take(journaled).ToArray();
            Assert.True(
                message switch
                {
                    Prepare prepare => journal.OfType<GenerationPrepared>().Any(e => e.Number == prepare.Number),
                    Form form => journal.OfType<GenerationFormed>().Any(e => ReferenceEquals(e.Record, form.Record)),
                    Start start => journal.OfType<GenerationFormed>().Any(e => e.Record.Number == start.Generation),
                    _ => true,
                },
                $"{message} left when the journal had {journaled} events"
            );
        }
    }

    [Fact]
    public void Trap_2_a_number_has_one_content_also_when_a_late_promise_comes_after_it_was_formed()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("b", "a");
        run.Promise("b", heldStep: 1);
        run.Take(new ProcessGone("a", 1));
        Assert.Equal(["b"], run.Generation.Members.Select(m => m.WorkerId));
        run.Promise("a", heldStep: 1);
        Assert.Equal(1, run.Events.OfType<GenerationFormed>().Count(e => e.Record.Number == 2));
        Assert.DoesNotContain(run.SentTo<Form>("a"), f => f.Record.Number == 2);
    }

    [Fact]
    public void Trap_4_a_checkpoint_of_an_older_step_never_replaces_a_newer()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Announce(run.Checkpoint("a", 2));
        run.Announce(run.Checkpoint("b", 1));
        Assert.Equal(2, run.State.LastCheckpoint!.Step);
    }

    [Fact]
    public void Trap_6_nobody_may_leave_before_the_last_checkpoint_is_complete()
    {
        var run = new RunHarness(steps: 10).Trains("a", "b");
        run.Run("a", 10);
        run.Run("b", 10);
        run.Pass(5);
        Assert.DoesNotContain(run.Sent, s => s.Message is Leave);
    }

    [Fact]
    public void Trap_7_a_complete_checkpoint_above_all_survivors_is_the_base()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Announce(run.Checkpoint("a", 2));
        run.Take(new ProcessGone("a", 1));
        run.Promise("b", heldStep: 1);
        Assert.Equal((2, 0), (run.Generation.BaseStep, run.Generation.Sources.Count));
        Assert.NotNull(run.Generation.CheckpointPath);
    }

    [Fact]
    public void Trap_8_one_that_was_given_up_counts_again_when_it_speaks()
    {
        var run = new RunHarness(min: 2).Trains("a", "b");
        run.Take(new ProcessGone("a", 1));
        run.Promise("b", heldStep: 0);
        Assert.True(run.State.Workers["a"].GivenUp);
        run.Restart("a");
        run.Promise("a");
        Assert.Equal(2, run.Generation.Number);
        Assert.Equal(2, run.Generation.Members.Count);
    }

    [Fact]
    public void Trap_9_another_rank_is_asked_when_rank_0_announces_no_checkpoint()
    {
        var run = new RunHarness(steps: 10).Trains("a", "b");
        run.Run("a", 10);
        run.Run("b", 10);
        run.Pass(19);
        Assert.Empty(run.SentTo<WriteCheckpoint>("b"));
        run.Pass(3);
        Assert.Equal(10, run.SentTo<WriteCheckpoint>("b")[0].MinimumStep);
        run.Announce(run.Checkpoint("b", 10));
        Assert.Equal("b", run.State.LastCheckpoint!.Worker);
    }

    [Fact]
    public void Trap_9_another_rank_is_asked_though_rank_0_was_last_heard_of_long_before()
    {
        var run = new RunHarness(steps: 10).Trains("a", "b");
        run.Run("a", 3);
        run.Run("b", 10);
        run.Pass(22, "b");
        Assert.Equal(1, run.Generation.Number);
        Assert.Equal(10, run.SentTo<WriteCheckpoint>("b")[0].MinimumStep);
    }

    [Fact]
    public void Trap_10_one_that_runs_proves_that_all_were_ready()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Ready("b");
        run.Run("a", 0);
        Assert.Single(run.SentTo<Start>("b"));
    }

    [Fact]
    public void Trap_11_growth_waits_for_the_joiner()
    {
        var run = new RunHarness().Trains("a");
        run.Run("a", 5);
        run.Pass(1);
        run.Offer("b");
        run.Follow("b", 5);
        run.Promise("a", heldStep: 7);
        Assert.Equal(1, run.Generation.Number);
        run.Promise("b");
        Assert.Equal(2, run.Generation.Members.Count);
    }

    [Fact]
    public void Trap_12_a_promise_above_the_number_leads_to_one_renumbering_that_the_journal_decides()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("a", "b");
        run.Promise("a", heldStep: 0);
        run.Say("b", s => s with { Promised = 7, Phase = WorkerPhase.Held, Held = new HeldState(0, "d0", 1) });
        Assert.Equal(8, run.State.PreparedNumber);
        Assert.Equal(8, run.Events.OfType<GenerationPrepared>().Last().Number);
        // What was reported under the old number is void.
        Assert.Equal(1, run.Generation.Number);
        run.Promise("a", heldStep: 0);
        run.Promise("b", heldStep: 0);
        Assert.Equal(8, run.Generation.Number);
    }

    [Fact]
    public void A_coordinator_that_died_between_Prepared_and_Formed_is_followed_by_a_new_Prepare()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Stop("a", "b");
        run.Promise("a", heldStep: 3);
        run.RestartCoordinator();
        Assert.Equal(RunMode.Watching, run.State.Mode);
        run.Say("a", s => s);
        Assert.Equal(3, run.State.PreparedNumber);
    }

    [Fact]
    public void A_coordinator_that_died_between_Formed_and_Form_sends_Form_from_the_journal()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.Sent.Clear();
        run.RestartCoordinator();
        run.Say("a", s => s);
        Assert.Equal(1, Assert.Single(run.SentTo<Form>("a")).Record.Number);
        Assert.Equal(1, run.State.PreparedNumber);
    }

    [Fact]
    public void A_new_coordinator_lets_a_running_generation_run()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 5);
        run.RestartCoordinator();
        run.Pass(2, []);
        run.Run("b", 6);
        run.Run("a", 7);
        run.Pass(20);
        Assert.Equal(1, run.State.PreparedNumber);
        Assert.True(run.State.Started);
    }

    [Fact]
    public void A_new_coordinator_waits_ten_seconds_for_the_other_members_then_gives_them_up()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        run.RestartCoordinator();
        run.Pass(3, []);
        run.Ready("a");
        run.Pass(9, "a");
        Assert.Equal(1, run.State.PreparedNumber);
        run.Pass(2, "a");
        Assert.Equal(2, run.State.PreparedNumber);
    }

    [Fact]
    public void A_higher_epoch_in_a_status_is_settled_by_an_append_above_it()
    {
        var run = new RunHarness().Trains("a");
        run.Say("a", s => s with { Epoch = 9 });
        Assert.Equal(10, run.State.Epoch);
        Assert.Contains(run.Events, e => e is RunNoted { Kind: "epoch-alarm" });
    }

    [Fact]
    public void Old_statuses_and_duplicates_change_nothing()
    {
        var run = new RunHarness().Trains("a", "b");
        var old = run.Worker("a");
        run.Run("a", 5);
        var state = run.State;
        run.Take(new Heard(old with { Phase = WorkerPhase.Stopped }));
        Assert.Equal(state.PreparedNumber, run.State.PreparedNumber);
        Assert.Equal(5, run.State.Workers["a"].Status!.ProgressStep);
    }

    [Fact]
    public void Everybody_killed_and_started_again_on_another_number_of_workers_goes_on_from_the_checkpoint()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Announce(run.Checkpoint("a", 40));
        run.RestartCoordinator();
        run.Restart("a");
        run.Promise("a");
        Assert.Equal(1, run.Generation.Number);
        run.Pass(11, "a");
        Assert.Equal(["a"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal(40, run.Generation.BaseStep);
    }

    [Fact]
    public void Who_comes_back_with_more_than_the_generation_has_is_gathered_and_not_released()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Take(new ProcessGone("a", 1));
        run.Promise("b", heldStep: 0);
        run.Ready("b");
        // a was cut off, and committed what b had given its part of.
        run.Say("a", s => s with { ProgressStep = 1 });
        Assert.Empty(run.SentTo<Leave>("a"));
        run.Promise("a", heldStep: 1);
        run.Promise("b", heldStep: 0);
        Assert.Equal((3, 1), (run.Generation.Number, run.Generation.BaseStep));
    }

    [Fact]
    public void Who_comes_back_with_no_more_than_the_generation_has_is_released()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Take(new ProcessGone("a", 1));
        run.Promise("b", heldStep: 1);
        run.Ready("b");
        run.Say("a", s => s with { ProgressStep = 1 });
        Assert.NotEmpty(run.SentTo<Leave>("a"));
        Assert.Equal(2, run.Generation.Number);
    }
}
