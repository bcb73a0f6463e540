using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>Whole workers driven by a coordinator whose part the test plays, message by message.</summary>
public sealed class WorkerAgentTests
{
    private const string Run = "r-1";
    private const int Steps = 30;

    [Fact]
    public void A_run_survives_a_lost_worker_and_ends_with_the_same_bits()
    {
        var store = new FakeStore();
        using var a = new WorkerRig("a", 1, store);
        var b = new WorkerRig("b", 1, store);

        // As a kill does it: its connections close in the middle of a step.
        b.Trainers.Hook = (moment, step) => _ = moment == "backward-done" && step == 10 ? throw new StepStoppedException("killed") : 0;
        var joined = a.Await<WorkerStatus>(status => status.Phase == WorkerPhase.Idle);
        Assert.True(JoinProof.Holds(WorkerRig.Token, joined));
        Form(1, [a, b], null, []);
        var stopped = a.AwaitPhase(WorkerPhase.Stopped, 1);
        b.Dispose();
        Assert.Equal(("b", false), (stopped.Suspect!.WorkerId, stopped.Suspect.WhileForming));
        var held = Hold(2, a);
        Assert.Equal((10L, FakeTrainer.DigestAfter(10)), (held!.Step, held.Digest));

        using var second = new WorkerRig("b", 2, store);
        Assert.Null(Hold(2, second));
        Form(2, [a, second], held, [a], prepare: false);
        var written = a.Await<CheckpointWritten>(message => message.Step == Steps);
        Assert.Equal((FakeTrainer.DigestAfter(Steps), 2L, "a"), (written.Digest, written.Token, written.WorkerId));
        var end = second.Await<WorkerStatus>(status => status.ProgressStep == Steps);
        Assert.Equal((WorkerPhase.Running, 0, Steps - 1L, (long)Steps), (end.Phase, end.CheckpointsRead, end.StartedStep, end.TotalSteps));
        Assert.True(end.BytesSent["gradient"] > 0);

        // The coordinator lacks all rows: rank 0 has them, of both generations.
        a.Tell(new StatusAck(Run, 1, 1, 0, null));
        using var digest = new LossDigest();
        var rows = a.Await<StepMetrics>(_ => true).Rows;
        rows.ToList().ForEach(row => digest.Add(row.Step, row.Losses));
        Assert.Equal(Enumerable.Range(0, Steps).Select(i => ((long)i, i < 10 ? 1L : 2L)), rows.Select(row => (row.Step, row.Generation)));

        a.Tell(new CheckpointSettled(Run, 1, written.Token, Steps, true, "", []));
        a.Tell(new Leave(Run, 1, 1, "completed"));
        Assert.Null(a.Await<WorkerStatus>(status => status.Phase == WorkerPhase.Idle).Run);
        Assert.Single(store.Paths);
    }

    [Fact]
    public void A_draining_worker_hands_its_state_over_and_leaves()
    {
        var store = new FakeStore();
        using var a = new WorkerRig("a", 1, store);
        using var b = new WorkerRig("b", 1, store);
        using var go = new ManualResetEventSlim();
        a.Trainers.Hook = (moment, step) =>
        {
            if (moment == "begun" && step == 5)
            {
                go.Wait(TimeSpan.FromSeconds(20));
            }
        };
        Form(1, [a], null, []);
        a.Await<WorkerStatus>(status => status.ProgressStep == 5);
        a.Post(new DrainRequested(TimeSpan.FromSeconds(60)));
        Assert.True(a.Await<WorkerStatus>(status => status.Draining).Draining);
        a.Tell(new Prepare(Run, 1, 2, null));
        go.Set();
        var held = a.Await<WorkerStatus>(status => status.Promised == 2).Held!;
        Hold(2, b);
        var record = Form(2, [b], held, [a], prepare: false);
        a.Tell(record);
        Assert.Equal(FakeTrainer.DigestAfter(Steps), b.Await<CheckpointWritten>(_ => true).Digest);
        a.Tell(new Leave(Run, 1, 1, "drained"));
        Assert.True(a.Left.Wait(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void An_idle_worker_evaluates()
    {
        using var a = new WorkerRig("a", 1, new FakeStore());
        a.Tell(new Evaluate(Run, 1, "key", "{}", "c", "d"));
        var report = a.Await<EvaluationReported>(_ => true);
        Assert.Equal(("key", "{\"key\":\"key\"}", null), (report.EvaluationKey, report.ResultJson, report.Failure));
    }

    [Fact]
    public void The_status_keeps_coming_and_its_sequence_rises()
    {
        using var a = new WorkerRig("a", 1, new FakeStore());
        var first = a.Await<WorkerStatus>(_ => true);
        Assert.Equal(first.Sequence + 1, a.Await<WorkerStatus>(_ => true).Sequence);
    }

    private static HeldState? Hold(long number, WorkerRig worker)
    {
        worker.Tell(new Prepare(Run, 1, number, null));
        return worker.Await<WorkerStatus>(status => status.Promised == number && status.Phase == WorkerPhase.Held).Held;
    }

    private static Form Form(long number, WorkerRig[] members, HeldState? from, WorkerRig[] sources, bool prepare = true)
    {
        foreach (var member in members.Where(_ => prepare))
        {
            Hold(number, member);
        }

        var cut = ShardPlan.Cut(4, members.Length);
        var record = new GenerationRecord
        {
            Run = Run,
            Number = number,
            Members =
            [
                .. members.Select(
                    (worker, i) =>
                        new GenerationMember(worker.Name, worker.Incarnation, "127.0.0.1", worker.Port, cut.Take(i).Sum(), cut[i])
                ),
            ],
            Shards = 4,
            BaseStep = from?.Step ?? 0,
            BaseDigest = from?.Digest ?? "",
            BaseStateGeneration = from?.StateGeneration ?? 0,
            Sources = [.. sources.Select(worker => new GenerationSource(worker.Name, "127.0.0.1", worker.Port))],
        };
        var form = new Form(Run, 1, record, GenerationSecret.Of([1], record), FakeTrainer.SpecOf(Steps), []);
        Array.ForEach(members, member => member.Tell(form));
        foreach (var source in sources.Except(members))
        {
            source.Tell(form);
        }

        Array.ForEach(members, member => member.AwaitPhase(WorkerPhase.Ready, number));
        Array.ForEach(members, member => member.Tell(new Start(Run, 1, number)));
        return form;
    }
}
