using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Members that another run is to have.</summary>
public sealed class RecallTests
{
    private static RunHarness Trains(int min, params string[] ids)
    {
        var run = new RunHarness(min: min).Trains(ids);
        foreach (var id in ids)
        {
            run.Run(id, 7);
        }

        return run;
    }

    private static MembersRecalled Recall(params string[] ids) => new(ids, false, "gives them to r-2");

    private static readonly MembersRecalled Stop = new(["a", "b"], true, "stopped for r-2");

    [Fact]
    public void A_recalled_member_leaves_after_a_step_that_all_run_through_and_is_free_then()
    {
        var run = Trains(1, "a", "b");
        run.Take(Recall("b"));
        var prepared = run.Events.OfType<GenerationPrepared>().Last();
        Assert.Equal((9L, "gives them to r-2", false), (prepared.StopAfterStep!.Value, prepared.Cause, prepared.Loss));
        Assert.Null(RunDemands.Of(run.State));
        Assert.Equal(["b"], RunDemands.Report(run.State, 1).Gang!.Leaving);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal(["a"], formed.Record.Members.Select(m => m.WorkerId));
        Assert.Equal((9L, 0L, false), (formed.Record.BaseStep, formed.StepsLost, formed.Recovery));
        Assert.Empty(run.SentTo<Leave>("b"));
        run.Ready("a");
        Assert.Equal("released", Assert.Single(run.SentTo<Leave>("b")).Reason);
        // On its way until it is idle: nobody else has to give one meanwhile.
        Assert.Equal(["b"], RunDemands.Report(run.State, 1).Gang!.Leaving);
        run.Say("b", s => RunHarness.Idle("b") with { Sequence = s.Sequence });
        Assert.Empty(RunDemands.Report(run.State, 1).Gang!.Leaving);
        Assert.Equal(["a"], RunDemands.Report(run.State, 1).Claimed);
        // What was taken comes back as growth.
        Assert.Equal(DemandKind.Growth, RunDemands.Of(run.State)!.Kind);
        run.Pass(1, "a");
        run.Offer("b");
        Assert.False(run.State.Workers["b"].Recalled);
    }

    [Fact]
    public void A_run_that_is_stopped_writes_a_checkpoint_frees_all_and_goes_on_from_there()
    {
        var run = Trains(1, "a", "b");
        run.Take(Stop);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        Assert.Equal(RunPhase.Waiting, RunViewer.Phase(run.State));
        Assert.Null(RunDemands.Of(run.State));
        Assert.Equal(9, Assert.Single(run.SentTo<WriteCheckpoint>("a")).MinimumStep);
        Assert.Empty(run.SentTo<Leave>("a"));
        run.Announce(run.Checkpoint("a", 9, token: 2));
        Assert.Equal(
            ("released", "released"),
            (Assert.Single(run.SentTo<Leave>("a")).Reason, Assert.Single(run.SentTo<Leave>("b")).Reason)
        );
        var noted = run.Events.OfType<RunNoted>().Last();
        Assert.Equal(("preempted", "stopped for r-2; goes on from step 9 once it has workers again"), (noted.Kind, noted.Text));
        Assert.Equal((false, 2), (RunDemands.Report(run.State, 1).Gang!.GivesBack, RunDemands.Report(run.State, 1).Gang!.Leaving.Count));
        run.Say("a", s => RunHarness.Idle("a") with { Sequence = s.Sequence });
        Assert.Equal(["b"], RunDemands.Report(run.State, 1).Gang!.Leaving);
        run.Say("b", s => RunHarness.Idle("b") with { Sequence = s.Sequence });
        Assert.Empty(RunDemands.Report(run.State, 1).Claimed);
        Assert.Equal((DemandKind.Gang, "f"), (RunDemands.Of(run.State)!.Kind, RunDemands.Of(run.State)!.Fingerprint));
        run.Take(new QueueReasoned("waits behind r-2"));
        Assert.Equal((RunPhase.Waiting, $"{noted.Text}; waits behind r-2"), (RunViewer.Phase(run.State), RunViewer.Reason(run.State)));

        run.Offer("c");
        run.Promise("c");
        Assert.Equal((9L, "runs/r-1/checkpoints/step-000000009.t2.a-1"), (run.Generation.BaseStep, run.Generation.CheckpointPath));
        Assert.Null(run.State.StoppedFor);
    }

    [Fact]
    public void Waiting_counts_from_the_stop_also_after_a_restart_of_the_coordinator()
    {
        var run = Trains(1, "a", "b");
        Assert.Equal(run.State.CreatedAt, RunDemands.Report(run.State, 1).WaitsSince);
        run.Pass(5);
        run.Take(Stop);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        run.Announce(run.Checkpoint("a", 9, token: 2));
        var stopped = run.State.StoppedAt;
        Assert.True(stopped > run.State.CreatedAt);
        run.RestartCoordinator();
        Assert.Equal(stopped, RunDemands.Report(run.State, 1).WaitsSince);
    }

    [Fact]
    public void A_run_that_has_lost_a_member_meanwhile_keeps_the_recalled_ones()
    {
        var run = Trains(2, "a", "b", "c");
        run.Take(Recall("c"));
        run.Take(new ProcessGone("b", 1));
        run.Promise("a", heldStep: 7);
        run.Promise("c", heldStep: 7);
        Assert.Equal(["a", "c"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.Equal("recall-given-up", run.Events.OfType<RunNoted>().Last().Kind);
        Assert.Null(run.State.Recall);
    }

    [Fact]
    public void A_run_whose_checkpoint_does_not_come_about_trains_on()
    {
        var run = Trains(1, "a", "b");
        run.Take(Stop);
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        run.Pass(119);
        Assert.Single(run.State.Generations);
        run.Pass(2);
        Assert.Equal((2, 9L), (run.Generation.Members.Count, run.Generation.BaseStep));
        Assert.Contains("no checkpoint was complete after 120 s", run.Events.OfType<RunNoted>().Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_is_taken_below_the_minimum_near_the_end_or_before_a_generation_trains()
    {
        var run = Trains(2, "a", "b");
        run.Take(Recall("b"));
        Assert.Null(run.State.Recall);
        run.Run("a", 98);
        run.Take(Stop);
        Assert.Null(run.State.Recall);
        Assert.False(RunDemands.Report(run.State, 1).Gang!.GivesBack);
        var forms = new RunHarness();
        forms.Offer("a", "b");
        forms.Take(Recall("b"));
        Assert.Null(forms.State.Recall);
    }

    [Fact]
    public void Use_is_the_time_in_which_generations_stood_and_is_read_back_from_the_journal()
    {
        var run = Trains(1, "a", "b");
        var begun = run.Now;
        run.Pass(10);
        run.Take(Recall("b"));
        run.Promise("a", heldStep: 9);
        run.Promise("b", heldStep: 9);
        run.Ready("a");
        Assert.Equal([new UseSpan(begun, begun.AddSeconds(10), 2), new UseSpan(begun.AddSeconds(10), null, 1)], run.State.Use);
        run.Pass(5, "a");
        run.RestartCoordinator();
        Assert.Equal(2, run.State.Use.Count);
        run.Take(new KillAsked());
        Assert.Equal(begun.AddSeconds(15), run.State.Use[^1].Until);
    }
}
