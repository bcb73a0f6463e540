using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Worker.Ranks;

/// <summary>From a generation's record to Ready: connections first (peers wait 10 s for them), then data and base, which may take longer.</summary>
public sealed partial class RankThread
{
    private void Form(FormRank order, CancellationToken stop)
    {
        var (form, record) = (order.Form, order.Form.Record);
        if (HoldsBase(record))
        {
            Serve(form);
        }

        waiting = "peers";
        var met = ProcessGroup.Connect(Describe(order), around.Listener, stop);
        mailbox.Publish(() => group = met);
        Pass(RankMoments.Forming, record.BaseStep);
        var opened = Open(form.SpecJson, anew: form.Record is { BaseStep: 0, Sources.Count: 0, CheckpointPath: null });
        Preflight.CheckData(around.WorkerId, opened.DataFingerprint, form.DataFingerprint);
        if (!HoldsBase(record))
        {
            TakeBase(form, opened, stop);
        }

        if (copies is null)
        {
            Serve(form);
        }

        waiting = null;
        clock.Begin(opened.Spec.Straggler.Window, record.Members[order.Rank].ShardCount, opened.ShardThreads);
        Preflight.Check(
            met,
            new PreflightCard(
                around.WorkerId,
                opened.DataFingerprint,
                around.Trainers.Fingerprint,
                RunSpecJson.Hash(opened.Spec),
                Digest(opened)
            ),
            opened.Spec.Determinism
        );
        around.Report(new RankReady(record.Number, opened.TotalSteps, opened.DataFingerprint));
    }

    private GroupDescription Describe(FormRank order) =>
        new()
        {
            GroupId = order.Form.Run,
            Generation = order.Form.Record.Number,
            Secret = order.Form.Secret,
            Rank = order.Rank,
            Members =
            [
                .. order.Form.Record.Members.Select(m => new GroupMember(
                    m.WorkerId,
                    m.Host,
                    m.Port,
                    new ShardRange(m.ShardStart, m.ShardCount)
                )),
            ],
            Shards = order.Form.Record.Shards,
            ConnectDeadline = around.Times.Connect,
            Deadline = around.Times.Forming,
            Traffic = around.Traffic,
            SharedMemory = around.SharedMemory,
            Arena = around.Arena,
            Lanes = around.Lanes,
        };

    /// <param name="anew">The initial state is a function of the spec: to go back to it is to open the run again.</param>
    private ITrainer Open(string specJson, bool anew)
    {
        if (trainer is not null && anew && trainer.State.Step > 0)
        {
            var former = trainer;
            around.Log.Clear();
            mailbox.Publish(() => trainer = null);
            around.Writer.AwaitCopied();
            former.Dispose();
        }

        if (trainer is null)
        {
            waiting = "own data";
            var opened = around.Trainers.Open(specJson);
            digest = null;
            mailbox.Publish(() => trainer = opened);
        }

        return trainer!;
    }

    private bool HoldsBase(GenerationRecord record) =>
        trainer is not null
        && trainer.State.Step == record.BaseStep
        && (record.BaseDigest.Length == 0 ? record.BaseStep == 0 : Digest(trainer) == record.BaseDigest);

    private void TakeBase(Form form, ITrainer opened, CancellationToken stop)
    {
        var record = form.Record;
        digest = null;
        around.Writer.AwaitCopied();
        if (record.Sources.Count > 0)
        {
            BaseState.Copy(
                form,
                around.WorkerId,
                opened,
                around.Traffic,
                around.Times.Copy,
                name => waiting = name,
                () => Pass(RankMoments.CopyReceiving, record.BaseStep),
                around.Listener.Certificates,
                stop
            );
            LogCopied(around.Logger, form.Run, record.Number, record.BaseStep);
        }
        else if (record.CheckpointPath is { } path)
        {
            waiting = BaseState.Storage;
            BaseState.Read(record, opened, around.Store, around.Times, stop);
            Interlocked.Increment(ref checkpointsRead);
            around.Log.CutFrom(record.BaseStep);
            LogRead(around.Logger, form.Run, record.Number, path);
        }
        else
        {
            throw new StateLostException(
                BaseState.Storage,
                $"generation {record.Number} starts after step {record.BaseStep} and names neither a source nor a checkpoint"
            );
        }

        // Both have proven it: hashing a large state takes a second.
        digest = (record.BaseStep, record.BaseDigest);
    }

    private void Serve(Form form)
    {
        if (copies?.Generation != form.Record.Number && trainer is not null)
        {
            EndCopies();
            copies = new CopyServer(
                around.Listener,
                form.Record,
                form.Secret,
                trainer.State,
                Digest(trainer),
                around.Times.Copy,
                around.Traffic,
                () => Pass(RankMoments.CopySending, form.Record.BaseStep)
            );
        }
    }

    private void EndCopies()
    {
        copies?.Dispose();
        copies = null;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "run {RunId}, generation {Generation}: state after step {Step} copied from a peer"
    )]
    private static partial void LogCopied(ILogger logger, string runId, long generation, long step);

    [LoggerMessage(Level = LogLevel.Information, Message = "run {RunId}, generation {Generation}: state read from {Path}")]
    private static partial void LogRead(ILogger logger, string runId, long generation, string path);
}
