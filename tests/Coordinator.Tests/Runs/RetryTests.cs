using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Runs that go on after an end.</summary>
public sealed class RetryTests
{
    private static readonly RetryAsked Retry = new("ada");

    private static RunHarness Trains()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 12);
        run.Run("b", 12);
        run.Announce(run.Checkpoint("a", 10));
        return run;
    }

    private static RunHarness Failed()
    {
        var run = Trains();
        run.Say("b", s => s with { Phase = WorkerPhase.Stopped, Failure = new WorkerFailure(FailureKind.NonFinite, "not a number") });
        Assert.Equal(RunPhase.Failed, RunViewer.Phase(run.State));
        return run;
    }

    private static void Free(RunHarness run, params string[] ids)
    {
        foreach (var id in ids)
        {
            run.Say(id, s => RunHarness.Idle(id) with { Sequence = s.Sequence });
        }
    }

    [Fact]
    public void A_run_that_failed_goes_on_from_its_newest_checkpoint()
    {
        var run = Failed();
        Free(run, "a", "b");
        run.Take(Retry);
        Assert.Equal((RunPhase.Waiting, "ada has it go on after its end"), (RunViewer.Phase(run.State), RunHistory.Text(run.Events[^2])));
        var report = RunDemands.Report(run.State, 1);
        Assert.Equal((DemandKind.Gang, run.Now, 0), (report.Demand!.Kind, report.WaitsSince!.Value, report.Claimed.Count));
        run.Offer("c");
        run.Promise("c");
        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal((10L, "runs/r-1/checkpoints/step-000000010.t1.a-1"), (formed.Record.BaseStep, formed.Record.CheckpointPath));
        Assert.Equal((false, 0L, true), (formed.Recovery, formed.StepsLost, formed.Record.Number > 1));
        run.Ready("c");
        run.Run("c", 100);
        run.Announce(run.Checkpoint("c", 100, token: 2));
        Assert.Equal(1, run.Count<RunTrained>());
    }

    [Fact]
    public void What_a_worker_still_says_of_the_end_does_not_end_it_again_and_what_it_holds_counts()
    {
        var run = Failed();
        run.RestartCoordinator();
        run.Take(Retry);
        // b has not heard that it is to leave, and holds more than the checkpoint.
        run.Say("b", s => s);
        Assert.Null(run.State.End);
        run.Promise("b", heldStep: 12);
        Assert.Equal(12, run.Generation.BaseStep);
        // What fails from here on fails it.
        run.Say("b", s => s with { Generation = run.Generation.Number, Phase = WorkerPhase.Stopped });
        Assert.Equal(RunPhase.Failed, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_canceled_run_goes_on_where_it_was_also_when_it_was_canceled_before_its_first_step()
    {
        var run = new RunHarness();
        run.Take(new CancelAsked());
        run.Take(Retry);
        Assert.Equal(RunPhase.Queued, RunViewer.Phase(run.State));
        run.Trains("a");
        run.Run("a", 5);
        run.Take(new KillAsked());
        Free(run, "a");
        run.Take(Retry);
        run.RestartCoordinator();
        Assert.Equal((RunPhase.Waiting, RunMode.Seeking), (RunViewer.Phase(run.State), run.State.Mode));
        run.Offer("c");
        run.Promise("c");
        Assert.Equal((0L, 1), (run.Generation.BaseStep, run.Generation.Members.Count));
    }

    [Fact]
    public void A_run_that_had_trained_is_evaluated_again()
    {
        var run = Trains();
        run.Run("a", 100);
        run.Run("b", 100);
        run.Announce(run.Checkpoint("a", 100));
        run.Take(new CancelAsked());
        run.Take(Retry);
        Assert.Equal((RunPhase.Evaluating, DemandKind.Evaluation), (RunViewer.Phase(run.State), RunDemands.Of(run.State)!.Kind));
    }

    [Fact]
    public void Only_what_failed_or_was_canceled_is_retried_and_once()
    {
        var run = new RunHarness();
        Assert.Contains("has not ended", AskingRules.Refusal(run.State, Retry)!.Text, StringComparison.Ordinal);
        run.Take(new CancelAsked());
        run.Take(Retry);
        Assert.Null(AskingRules.Refusal(run.State, Retry));
        run.Take(Retry);
        Assert.Equal(1, run.Count<RunRetried>());
        var completed = run.State with { End = RunPhase.Completed };
        Assert.Contains("clone", AskingRules.Refusal(completed, Retry)!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pause_and_an_exclusion_do_not_outlive_the_end_but_a_finding_of_corruption_does()
    {
        var run = Trains();
        run.Take(new PauseAsked("ada"));
        run.Take(new KillAsked());
        var ended = run.State;
        ended = RunApply.Apply(ended, new WorkerExcluded("a", 1, "its data", run.Now));
        ended = RunApply.Apply(ended, new CorruptionFound(CorruptionKind.Computation, 12, ["b#1"], true, 9, 5, null, 1, "why", run.Now));
        var retried = RunApply.Apply(ended, new RunRetried("ada", run.Now));
        Assert.Null(retried.Pause);
        Assert.Equal(["b#1"], retried.Excluded);
    }

    [Fact]
    public void A_retried_run_needs_its_actor_after_a_restart()
    {
        var run = new RunHarness();
        var submitted = EndedRuns.Initial(run.State);
        run.Take(new CancelAsked());
        run.Take(Retry);
        Assert.Null(EndedRuns.Of(submitted, [.. run.Events.Select((e, i) => new JournaledEvent(i + 1, e))], run.Now));
    }
}
