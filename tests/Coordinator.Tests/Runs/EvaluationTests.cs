using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

public sealed class EvaluationTests
{
    private static RunHarness Trained(bool probes = true)
    {
        var run = new RunHarness(probes: probes).Trains("a", "b");
        run.Run("a", 100);
        run.Take(new RowsStored(new RunProgress(100, "sha", 3, [RunHarness.Row(99)]), [], []));
        run.Announce(run.Checkpoint("a", 100, digest: "0123456789abcdef0123"));
        foreach (var id in (string[])["a", "b"])
        {
            run.Say(id, s => s with { Run = null, Phase = WorkerPhase.Idle });
        }

        return run;
    }

    [Fact]
    public void A_trained_run_wants_one_idle_worker_and_prefers_its_own()
    {
        var demand = RunDemands.Of(Trained().State)!;
        Assert.Equal((DemandKind.Evaluation, 1, 1), (demand.Kind, demand.Min, demand.Max));
        Assert.Equal(["a", "b"], demand.Preferred);
    }

    [Fact]
    public void A_run_without_probes_is_given_to_a_worker_too_which_writes_its_encoder()
    {
        var run = Trained(probes: false);
        Assert.Equal(DemandKind.Evaluation, RunDemands.Of(run.State)!.Kind);
        run.Offer("b");
        Assert.NotEmpty(run.SentTo<Evaluate>("b"));
    }

    [Fact]
    public void Evaluate_is_sent_every_two_seconds_until_the_worker_names_the_key()
    {
        var run = Trained();
        run.Offer("b");
        run.Pass(5);
        Assert.Equal(3, run.SentTo<Evaluate>("b").Count);
        Assert.Equal("r-1/0123456789abcdef", run.SentTo<Evaluate>("b")[0].EvaluationKey);
        run.Say("b", s => s with { Evaluation = "r-1/0123456789abcdef" });
        run.Pass(5);
        Assert.Equal(3, run.SentTo<Evaluate>("b").Count);
        Assert.Equal("b judges the encoder", RunViewer.Reason(run.State));
    }

    [Fact]
    public void A_report_is_journaled_once_then_settled_and_completes_the_run()
    {
        var run = Trained();
        run.Offer("b");
        var report = new EvaluationReported("r-1", "b", 1, run.State.EvaluationKey!, "{}", null);
        run.Take(new EvaluationHeard(report));
        run.Take(new EvaluationHeard(report));
        Assert.Equal(1, run.Count<EvaluationCompleted>());
        Assert.Equal(2, run.SentTo<EvaluationSettled>("b").Count);
        Assert.Equal(RunPhase.Completed, RunViewer.Phase(run.State));
    }

    [Fact]
    public void A_failed_evaluation_completes_the_run_and_says_so()
    {
        var run = Trained();
        run.Offer("b");
        run.Take(new EvaluationHeard(new EvaluationReported("r-1", "b", 1, run.State.EvaluationKey!, null, "no labels")));
        Assert.Equal(RunPhase.Completed, RunViewer.Phase(run.State));
        Assert.Contains("its evaluation failed: no labels", run.State.EndReason, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_worker_evaluates_when_the_first_goes_silent_or_restarts()
    {
        var run = Trained();
        run.Offer("b");
        run.Pass(6, "a");
        Assert.Null(run.State.Evaluator);
        Assert.Equal(DemandKind.Evaluation, RunDemands.Of(run.State)!.Kind);
        run.Offer("a");
        run.Restart("a");
        Assert.Null(run.State.Evaluator);
        Assert.Equal(2, run.Events.OfType<RunNoted>().Count(n => n.Kind == "evaluation-moved"));
    }

    [Fact]
    public void A_new_coordinator_finds_the_worker_that_evaluates_already()
    {
        var run = Trained();
        run.Offer("b");
        run.RestartCoordinator();
        run.Say("b", s => s with { Evaluation = run.State.EvaluationKey });
        Assert.Equal("b", run.State.Evaluator!.WorkerId);
        Assert.Null(RunDemands.Of(run.State));
    }
}
