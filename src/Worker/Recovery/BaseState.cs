using System.Diagnostics;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Collectives.Transport.Tls;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>Brings a rank's state to a generation's base: by a copy, or from the checkpoint. The old state stays whole until the new one is proven.</summary>
internal static class BaseState
{
    /// <summary>Copies from the first source of the plan that can.</summary>
    /// <param name="waits">Told whom the rank waits for.</param>
    /// <param name="partReceived">Called after each chunk.</param>
    /// <param name="certificates">For TLS with the sources; null: without.</param>
    /// <exception cref="StateLostException">No source is left; names the last one.</exception>
    public static void Copy(
        Form form,
        string workerId,
        ITrainer trainer,
        IFrameTraffic traffic,
        TimeSpan deadline,
        Action<string> waits,
        Action partReceived,
        Func<PeerCertificates>? certificates,
        CancellationToken stop
    )
    {
        var record = form.Record;
        using var spare = trainer.State.CreateLike();
        var problems = new List<string>();
        var last = "";
        foreach (var source in CopyPlan.Order(record, workerId))
        {
            waits(last = source.WorkerId);
            try
            {
                using var connection = FrameConnection.Open(
                    source.Host,
                    source.Port,
                    record.Run,
                    record.Number,
                    form.Secret,
                    CopyServer.Service,
                    workerId,
                    source.WorkerId,
                    deadline,
                    stop,
                    certificates
                );
                connection.Traffic = traffic;
                using var closing = stop.Register(connection.Close);
                StateTransfer.Receive(connection, record.BaseStep, record.BaseDigest, spare, partReceived);
                trainer.State.CopyFrom(spare);
                trainer.State.SetStep(record.BaseStep, record.BaseStateGeneration);
                return;
            }
            catch (Exception e) when (e is CollectiveException or StateTransferException)
            {
                stop.ThrowIfCancellationRequested();
                problems.Add(e.Message);
            }
        }

        throw new StateLostException(last, $"no source gave the state after step {record.BaseStep}: {string.Join("; ", problems)}");
    }

    /// <summary>
    /// Reads the checkpoint, again and again for a while: storage comes and goes. One that was read and is not what was written is read once more,
    /// for a wire or a memory may have erred.
    /// </summary>
    /// <exception cref="StateLostException">The storage does not answer, or holds another base.</exception>
    /// <exception cref="CheckpointDamagedException">The storage answers, and the checkpoint is not what was written, or stays unreadable.</exception>
    public static void Read(GenerationRecord record, ITrainer trainer, ICheckpointStore store, RankTimes times, CancellationToken stop)
    {
        var damaged = false;
        for (var since = Stopwatch.GetTimestamp(); ; )
        {
            try
            {
                using var spare = trainer.State.CreateLike();
                var digest = store.Read(record.CheckpointPath!, spare);
                if (spare.Step != record.BaseStep || digest != record.BaseDigest)
                {
                    throw new StateLostException(
                        Storage,
                        $"checkpoint {record.CheckpointPath} holds step {spare.Step}, needed is step {record.BaseStep} with digest {record.BaseDigest}"
                    );
                }

                trainer.State.CopyFrom(spare);
                trainer.State.SetStep(record.BaseStep, record.BaseStateGeneration);
                return;
            }
            catch (CheckpointStoreException e)
            {
                if (damaged && e.Fault == CheckpointFault.Damaged)
                {
                    throw new CheckpointDamagedException(record.CheckpointPath!, e.Message);
                }

                damaged = e.Fault == CheckpointFault.Damaged;
                if (Stopwatch.GetElapsedTime(since) >= times.ReadGiveUp)
                {
                    throw e.Fault == CheckpointFault.Storage
                        ? new StateLostException(Storage, e.Message)
                        : new CheckpointDamagedException(record.CheckpointPath!, e.Message);
                }

                stop.WaitHandle.WaitOne(times.ReadAgain);
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Stands for the storage root where a peer's name is due.</summary>
    public const string Storage = "storage";
}

/// <summary>A rank could not get the base of its generation.</summary>
/// <param name="from">Worker, or <see cref="BaseState.Storage"/>, that failed last.</param>
internal sealed class StateLostException(string from, string message) : Exception(message)
{
    public string From { get; } = from;
}

/// <summary>The checkpoint that a generation begins from is damaged: no rank can begin from it.</summary>
/// <param name="path">Relative to the storage root.</param>
internal sealed class CheckpointDamagedException(string path, string message) : Exception(message)
{
    public string Path { get; } = path;
}
