using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Worker.Ranks;

/// <summary>
/// One rank: a dedicated thread that owns a run's trainer and the process group of its generation. It does what the agent orders, and says what
/// came of it: ready, advanced, stopped by itself, held. After a stop it rests until it is formed again; its state is always that of a
/// completed step.
/// </summary>
public sealed partial class RankThread : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);
    private readonly RankSurroundings around;
    private readonly RankMailbox mailbox = new();
    private readonly ShardClock clock = new();
    private readonly Thread thread;
    private readonly WeightFault weightFault;
    private ITrainer? trainer;
    private ProcessGroup? group;
    private CopyServer? copies;
    private FollowServer? followers;
    private (long Step, string Digest)? digest;
    private volatile string? waiting;
    private int checkpointsRead;

    public RankThread(RankSurroundings around)
    {
        this.around = around;
        weightFault = new WeightFault(around.Failpoint);
        thread = new Thread(Run) { IsBackground = true, Name = "rank" };
        thread.Start();
    }

    /// <summary>Names of those whom the rank waits for now.</summary>
    public IReadOnlyList<string> WaitsFor => (waiting ?? Volatile.Read(ref group)?.WaitingFor) is { } name ? [name] : [];

    /// <summary>Checkpoints read for the run that it serves.</summary>
    public int CheckpointsRead => Volatile.Read(ref checkpointsRead);

    /// <summary>How long its own computing takes; null before a step of the run.</summary>
    public ShardTime? ShardTime => clock.Newest;

    /// <summary>Gives an order, from any thread; never blocks.</summary>
    public void Post(AgentEffect order) => mailbox.Post(order);

    /// <summary>Stops at the next boundary and ends the thread; a thread that hangs is left behind after 10 s.</summary>
    public void Dispose()
    {
        mailbox.End();
        thread.Join(EndPatience);
    }

    private void Run()
    {
        while (mailbox.Next() is { } order)
        {
            switch (order)
            {
                case ReleaseRank release:
                    Drop(release.Run);
                    break;
                case StopRank stop:
                    Rest(stop.Number);
                    break;
                case FormRank form:
                    TakePart(form);
                    break;
                case FollowRank follow:
                    Follow(follow);
                    break;
                case ServeCopies serve:
                    Guard(serve.Form.Record.Number, () => Serve(serve.Form));
                    break;
                case RequestCheckpoint write:
                    WriteCheckpoint(write);
                    break;
            }
        }

        Drop(null);
    }

    private void Rest(long number)
    {
        EndCopies();
        Pass(RankMoments.Promising, trainer?.State.Step ?? 0);
        HeldState? held = null;
        Guard(0, () => held = trainer is null ? null : new HeldState(trainer.State.Step, Digest(trainer), trainer.State.Generation));
        around.Report(new RankHeld(number, held));
    }

    private void Drop(string? run)
    {
        EndCopies();
        var former = trainer;
        trainer = null;
        Guard(
            0,
            () =>
            {
                around.Writer.AwaitCopied();
                former?.Dispose();
            }
        );
        digest = null;
        clock.Clear();
        around.Log.Clear();
        Volatile.Write(ref checkpointsRead, 0);
        if (run is not null)
        {
            around.Writer.Forget(run);
            around.Metrics.Forget(run);
        }
    }

    /// <summary>A generation's life, from its record to the last connection's end.</summary>
    private void TakePart(FormRank order)
    {
        var record = order.Form.Record;
        using var forming = new CancellationTokenSource();
        var ready = false;
        try
        {
            EndCopies();
            if (!mailbox.Enter(reason => Interrupt(forming, reason)))
            {
                return;
            }

            trainer?.ClearAbort();
            Form(order, forming.Token);
            ready = true;
            Train(order);
        }
        catch (Exception e)
        {
            Explain(record, ready, e);
        }
        finally
        {
            mailbox.Leave();
            waiting = null;
            var ended = Interlocked.Exchange(ref group, null);
            ended?.Dispose();
            EndFollowers();
            EndCopies();
        }
    }

    private void Train(FormRank order)
    {
        var (record, run) = (order.Form.Record, trainer!);
        var deadline = new StepDeadline(order.Form.StepSeconds);
        mailbox.AwaitStart(record.Number, around.Times.StartGrace);
        followers = new FollowServer(
            around.Listener,
            record,
            order.Form.Secret,
            around.Times.Copy,
            around.Traffic,
            step => Pass(RankMoments.CopySending, step)
        );
        run.Committed = followers.Take;
        while (run.State.Step < run.TotalSteps)
        {
            followers.AtBoundary(run.State);
            WriteWhatIsAsked(run);
            if (mailbox.MustStop(run.State.Step))
            {
                return;
            }

            group!.Deadline = deadline.Next;
            var row = Step(order, run);
            deadline.Add(row.Seconds);
            run.CompareStates(group);
            if (
                order.Rank == 0
                && run.State.Step % run.Spec.Checkpoint.EverySteps == 0
                && run.State.Step < run.TotalSteps
                && around.Writer.TryBegin(record.Run, run.Spec, record.Number, run.State) == CheckpointStart.NotNow
            )
            {
                Skip(record.Run, run.State.Step);
            }
        }

        Finish(order, run);
    }

    private StepRow Step(FormRank order, ITrainer run)
    {
        var (record, step) = (order.Form.Record, run.State.Step);
        digest = null;
        StepRow row;
        try
        {
            row = run.Step(group!, moment => Pass(record, run, moment, step)) with { Generation = record.Number };
        }
        finally
        {
            weightFault.Restore(run.State);
        }

        run.State.SetStep(step + 1, record.Number);
        around.Log.Add(row);
        var utilization = run.Utilization(row.Seconds, record.Members[order.Rank].ShardCount);
        around.Metrics.Committed(record.Run, order.Rank, row, clock.Add(row), utilization);
        around.Report(new RankAdvanced(record.Number, step + 1, step, step + 1 >= run.TotalSteps));
        return row;
    }

    /// <summary>The last step is done: the state and the connections stay until the coordinator's word.</summary>
    private void Finish(FormRank order, ITrainer run)
    {
        var record = order.Form.Record;
        around.Report(new RankAdvanced(record.Number, run.State.Step, run.State.Step - 1, true));
        while (!mailbox.MustStop(long.MaxValue))
        {
            WriteWhatIsAsked(run);
            var written =
                order.Rank != 0 || around.Writer.TryBegin(record.Run, run.Spec, record.Number, run.State) == CheckpointStart.Written;
            mailbox.AwaitOrder(run.State.Step, written ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Storage is slower than the run's steps: training does not wait for it, and says so.</summary>
    private void Skip(string run, long step)
    {
        LogSkipped(around.Logger, run, step);
        around.Report(
            new CheckpointTroubled(
                run,
                new CheckpointTrouble(step, true, $"no checkpoint of step {step}: the one before it is still being written")
            )
        );
    }

    private void WriteWhatIsAsked(ITrainer run)
    {
        if (mailbox.TakeWrite(run.State.Step) is { } asked)
        {
            WriteCheckpoint(asked);
        }
    }

    private void WriteCheckpoint(RequestCheckpoint asked)
    {
        if (
            trainer is { } run
            && run.State.Step >= asked.MinimumStep
            && around.Writer.TryBegin(asked.Run, run.Spec, asked.Token, run.State) == CheckpointStart.Written
        )
        {
            around.Writer.Announce(asked.Run, asked.Token, run.State.Step);
        }
    }

    private void EndFollowers()
    {
        if (trainer is { } run)
        {
            run.Committed = null;
        }

        followers?.Dispose();
        followers = null;
    }

    private string Digest(ITrainer run)
    {
        if (digest is not { } known || known.Step != run.State.Step)
        {
            known = (run.State.Step, run.State.Digest());
            digest = known;
        }

        return known.Digest;
    }

    private void Pass(GenerationRecord record, ITrainer run, string moment, long step)
    {
        if (moment == "begun")
        {
            around.Report(new RankAdvanced(record.Number, step, step, false));
        }
        else if (moment == RankMoments.BeforeCommit)
        {
            around.Writer.AwaitCopied();
        }

        Pass(moment, step);
        weightFault.Pass(moment, step, run.State);
    }

    private void Pass(string moment, long step) => around.Failpoint?.Pass(moment, step);

    private void Interrupt(CancellationTokenSource forming, string reason)
    {
        forming.Cancel();
        trainer?.Abort(reason);
        group?.Abort(reason);
    }

    private void Explain(GenerationRecord record, bool running, Exception problem)
    {
        if (problem is StepStoppedException or GenerationEndedException or OperationCanceledException && mailbox.Interrupted)
        {
            // The answer to the order comes next.
            return;
        }

        LogStopped(around.Logger, record.Run, record.Number, problem.Message);
        around.Report(RankFaults.Read(record, problem, around.WorkerId, !running));
    }

    private void Guard(long generation, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            LogStopped(around.Logger, "", generation, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "run {RunId}, generation {Generation}: stopped: {Problem}")]
    private static partial void LogStopped(ILogger logger, string runId, long generation, string problem);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "run {RunId}: no checkpoint of step {Step}: the one before it is still being written"
    )]
    private static partial void LogSkipped(ILogger logger, string runId, long step);
}
