using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Workers whose machine lacks what the run needs: they are left out with the reason, and the run goes on.</summary>
public sealed class UnfitWorkerTests
{
    private static readonly WorkerFailure NoData = new(FailureKind.Data, "no such file: a", WhileForming: true);

    [Fact]
    public void The_data_set_that_the_first_ranks_agree_on_is_the_runs_whoever_comes_later()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        Assert.Null(run.SentTo<Form>("a").Single().DataFingerprint);
        run.Say("a", s => s with { Generation = 1, Phase = WorkerPhase.Forming, Held = null });
        Assert.Equal(0, run.Count<DataAgreed>());
        run.Say("a", s => s with { Phase = WorkerPhase.Ready, DataFingerprint = "d1" });
        Assert.Equal(new DataAgreed("d1", "a", run.Now), run.Events.OfType<DataAgreed>().Single());
        run.Say("b", s => s with { Generation = 1, Phase = WorkerPhase.Ready, DataFingerprint = "d1" });
        run.Run("a", 3);

        // All machines are lost, the coordinator too; who comes has never seen the run.
        run.RestartCoordinator();
        Assert.Equal("d1", run.State.DataFingerprint);
        run.Pass(60, "nobody");
        run.Offer("c");
        run.Promise("c");
        Assert.Equal("d1", run.SentTo<Form>("c")[^1].DataFingerprint);
        run.Say(
            "c",
            s => s with { Phase = WorkerPhase.Stopped, Failure = new WorkerFailure(FailureKind.Device, "data set fingerprint d2 …", true) }
        );
        Assert.Equal("c", run.Events.OfType<WorkerExcluded>().Single().WorkerId);
        Assert.Equal(1, run.Count<DataAgreed>());
    }

    [Fact]
    public void A_joiner_without_the_data_is_excluded_and_the_others_form_again()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 5);
        run.Pass(31);
        run.Offer("c");
        run.Follow("c", 5);
        run.Promise("a", heldStep: 7);
        run.Promise("b", heldStep: 7);
        run.Promise("c");
        Assert.Equal(3, run.Generation.Members.Count);
        Fail(run, "c");
        var excluded = Assert.Single(run.Events.OfType<WorkerExcluded>());
        Assert.Equal(("c", "no such file: a"), (excluded.WorkerId, excluded.Reason));
        run.Promise("a", heldStep: 7);
        run.Promise("b", heldStep: 7);
        Assert.Equal(["a", "b"], run.Generation.Members.Select(m => m.WorkerId));
        Assert.NotEmpty(run.SentTo<Leave>("c"));
    }

    [Fact]
    public void A_joiner_that_finds_while_it_follows_that_it_lacks_the_data_is_excluded_and_nobody_stops()
    {
        var run = new RunHarness().Trains("a", "b");
        run.Run("a", 5);
        run.Pass(31);
        run.Offer("c");
        run.Say(
            "c",
            s =>
                s with
                {
                    Run = run.State.Run,
                    Phase = WorkerPhase.Stopped,
                    Failure = new WorkerFailure(FailureKind.Data, "no such file: a", WhileForming: true),
                }
        );
        Assert.Equal("c", Assert.Single(run.Events.OfType<WorkerExcluded>()).WorkerId);
        run.Pass(3);
        Assert.NotEmpty(run.SentTo<Leave>("c"));
        Assert.Equal((1, RunMode.Watching), (run.State.PreparedNumber, run.State.Mode));
    }

    [Fact]
    public void A_run_whose_every_worker_lacks_the_data_fails_with_the_words_of_the_last()
    {
        var run = new RunHarness();
        run.Offer("a", "b");
        run.Promise("a");
        run.Promise("b");
        Fail(run, "a");
        Assert.Equal(1, run.Count<WorkerExcluded>());
        Assert.Null(run.State.End);
        Fail(run, "b");
        Assert.Equal("b: no such file: a", Assert.Single(run.Events.OfType<RunFailed>()).Reason);
    }

    [Fact]
    public void A_run_with_a_checkpoint_waits_for_workers_that_have_the_data()
    {
        var run = new RunHarness().Trains("a");
        run.Run("a", 10);
        run.Announce(run.Checkpoint("a", 10));
        run.Take(new ProcessGone("a", 1));
        run.Pass(40, "c");
        run.Offer("c");
        run.Promise("c");
        Fail(run, "c");
        Assert.Equal((1, 0), (run.Count<WorkerExcluded>(), run.Count<RunFailed>()));
        Assert.Null(run.State.End);
    }

    private static void Fail(RunHarness run, string id) =>
        run.Say(
            id,
            s =>
                s with
                {
                    Promised = Math.Max(s.Promised, run.Generation.Number),
                    Generation = run.Generation.Number,
                    Phase = WorkerPhase.Stopped,
                    Held = null,
                    Failure = NoData,
                }
        );
}
