using System.Diagnostics;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;

namespace Orchestrator.Worker.Checkpoints;

/// <summary>What became of a wish for a checkpoint.</summary>
public enum CheckpointStart
{
    /// <summary>The state is being copied and then written, by threads of the writer's own.</summary>
    Begun,

    /// <summary>Another one is being written, or this one has just failed: ask again later.</summary>
    NotNow,

    /// <summary>It stands in storage already.</summary>
    Written,
}

/// <summary>
/// Writes checkpoints from a copy of the state, one at a time; the copy's memory is reused. Both the copying and the writing are done by threads of
/// its own while training goes on; the two are apart so that a commit, which waits for the copy, never waits for storage.
/// </summary>
public sealed partial class CheckpointWriter : IDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);
    private readonly object gate = new();
    private readonly ICheckpointStore store;
    private readonly Action<AgentEvent> report;
    private readonly WorkerMetrics metrics;
    private readonly ILogger logger;
    private readonly string workerId;
    private readonly long incarnation;
    private readonly TimeSpan again;
    private readonly Thread thread;
    private readonly StateCopier copier = new();
    private readonly Queue<Action> work = new();
    private readonly Dictionary<Key, CheckpointWritten> written = [];
    private readonly Dictionary<Key, long> failed = [];
    private bool busy;
    private bool ended;

    public CheckpointWriter(
        ICheckpointStore store,
        string workerId,
        long incarnation,
        TimeSpan again,
        Action<AgentEvent> report,
        WorkerMetrics metrics,
        ILogger logger
    )
    {
        (this.store, this.workerId, this.incarnation, this.again, this.report, this.metrics, this.logger) = (
            store,
            workerId,
            incarnation,
            again,
            report,
            metrics,
            logger
        );
        thread = new Thread(Run) { IsBackground = true, Name = "checkpoints" };
        thread.Start();
    }

    /// <summary>Has the state copied and written. Until <see cref="AwaitCopied"/> has returned nobody may change it, or dispose it.</summary>
    public CheckpointStart TryBegin(string run, RunSpec spec, long token, IRankState state)
    {
        var key = new Key(run, token, state.Step);
        lock (gate)
        {
            if (written.ContainsKey(key))
            {
                return CheckpointStart.Written;
            }

            if (busy || (failed.TryGetValue(key, out var when) && Stopwatch.GetElapsedTime(when) < again))
            {
                return CheckpointStart.NotNow;
            }

            busy = true;
        }

        copier.Begin(
            run,
            state,
            (copy, took) => Enqueue(() => Write(key, spec, copy, took)),
            problem =>
            {
                Failed(key, problem);
                Free();
            }
        );
        return CheckpointStart.Begun;
    }

    /// <summary>Returns once no copy reads a rank's state any more: called before whatever changes it.</summary>
    /// <exception cref="TimeoutException">A copy has not ended within two minutes.</exception>
    public void AwaitCopied() => copier.Await();

    /// <summary>Has one announced again that is written.</summary>
    public void Announce(string run, long token, long step)
    {
        lock (gate)
        {
            if (written.TryGetValue(new Key(run, token, step), out var known))
            {
                report(new CheckpointStored(known));
            }
        }
    }

    public void Delete(string path, string why) =>
        Enqueue(() =>
        {
            try
            {
                store.Delete(path);
                LogDeleted(logger, path, why);
            }
            catch (Exception e)
            {
                LogNotDeleted(logger, path, e.Message);
            }
        });

    /// <summary>Deletes what killed writers of the run have left half written, of steps up to one. What this worker writes comes before or after.</summary>
    public void DeleteUnfinished(string run, long throughStep) =>
        Enqueue(() =>
        {
            try
            {
                foreach (var name in store.DeleteUnfinished(run, throughStep))
                {
                    LogDeleted(logger, name, "its writer did not finish it");
                }
            }
            catch (Exception e)
            {
                LogNotDeleted(logger, CheckpointPath.FolderOf(run), e.Message);
            }
        });

    /// <summary>The run is left: its copy's memory is freed.</summary>
    public void Forget(string run) =>
        Enqueue(() =>
        {
            lock (gate)
            {
                foreach (var key in written.Keys.Where(key => key.Run == run).ToList())
                {
                    written.Remove(key);
                }

                failed.Clear();
                if (!busy)
                {
                    copier.Forget(run);
                }
            }
        });

    /// <summary>Finishes what is being written; a thread that storage holds up is left behind after 10 s, with the copy that it reads.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            ended = true;
            Monitor.PulseAll(gate);
        }

        copier.Dispose();
        if (thread.Join(EndPatience))
        {
            copier.Forget(null);
        }
    }

    private void Write(Key key, RunSpec spec, IRankState snapshot, TimeSpan copied)
    {
        var begun = Stopwatch.GetTimestamp();
        var path = CheckpointPath.Of(key.Run, key.Step, key.Token, workerId, incarnation);
        try
        {
            var stored = store.Write(path, snapshot, spec, key.Run, key.Token);
            var announcement = new CheckpointWritten(
                key.Run,
                workerId,
                incarnation,
                key.Token,
                key.Step,
                stored.Digest,
                snapshot.Generation,
                path,
                stored.ManifestSha256,
                stored.WeightsSha256
            );
            lock (gate)
            {
                written[key] = announcement;
            }

            metrics.CheckpointWritten(Stopwatch.GetElapsedTime(begun));
            LogWritten(logger, key.Run, key.Step, path, copied.TotalSeconds, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            report(new CheckpointStored(announcement));
        }
        catch (Exception e)
        {
            // Whatever storage does, training goes on.
            Failed(key, e);
        }
        finally
        {
            Free();
        }
    }

    private void Free()
    {
        lock (gate)
        {
            busy = false;
        }
    }

    private void Failed(Key key, Exception problem)
    {
        lock (gate)
        {
            failed[key] = Stopwatch.GetTimestamp();
        }

        metrics.CheckpointFailed();
        LogFailed(logger, key.Run, key.Step, problem.Message);
        report(new CheckpointTroubled(key.Run, new CheckpointTrouble(key.Step, false, problem.Message)));
    }

    private void Enqueue(Action action)
    {
        lock (gate)
        {
            work.Enqueue(action);
            Monitor.PulseAll(gate);
        }
    }

    private void Run()
    {
        while (true)
        {
            Action action;
            lock (gate)
            {
                while (work.Count == 0 && !ended)
                {
                    Monitor.Wait(gate);
                }

                if (work.Count == 0)
                {
                    return;
                }

                action = work.Dequeue();
            }

            action();
        }
    }

    private readonly record struct Key(string Run, long Token, long Step);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "run {RunId}: checkpoint of step {Step} written: {Path} (copied in {Copied:0.000} s, written in {Written:0.000} s)"
    )]
    private static partial void LogWritten(ILogger logger, string runId, long step, string path, double copied, double written);

    [LoggerMessage(Level = LogLevel.Error, Message = "run {RunId}: checkpoint of step {Step} failed, training goes on: {Problem}")]
    private static partial void LogFailed(ILogger logger, string runId, long step, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "checkpoint {Path} deleted: {Why}")]
    private static partial void LogDeleted(ILogger logger, string path, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "checkpoint {Path} could not be deleted: {Problem}")]
    private static partial void LogNotDeleted(ILogger logger, string path, string problem);
}
