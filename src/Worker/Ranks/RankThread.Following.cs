using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Worker.Ranks;

/// <summary>A joiner's rank before its first generation: it takes a member's state and applies what is committed, so that nobody has to wait for it.</summary>
public sealed partial class RankThread
{
    private void Follow(FollowRank order)
    {
        var (follow, number) = (order.Follow, order.Follow.Record.Number);
        using var connecting = new CancellationTokenSource();
        try
        {
            if (!mailbox.Enter(reason => Interrupt(connecting, reason)))
            {
                return;
            }

            trainer?.ClearAbort();
            // Before the source is asked: what it commits meanwhile would have to wait there.
            var opened = Open(follow.SpecJson, anew: false);
            Preflight.CheckData(around.WorkerId, opened.DataFingerprint, follow.DataFingerprint);
            waiting = follow.Source.WorkerId;
            using var connection = FrameConnection.Open(
                follow.Source.Host,
                follow.Source.Port,
                follow.Run,
                number,
                follow.Secret,
                FollowServer.Service,
                around.WorkerId,
                follow.Source.WorkerId,
                around.Times.Copy,
                connecting.Token,
                around.Listener.Certificates
            );
            connection.Traffic = around.Traffic;
            using var closing = connecting.Token.Register(connection.Close);
            FollowStream.Request(connection);
            TakeState(connection, opened);
            LogFollows(around.Logger, follow.Run, number, follow.Source.WorkerId, opened.State.Step);
            Replay(connection, opened, number);
        }
        catch (Exception e)
        {
            Explain(order, e);
        }
        finally
        {
            mailbox.Leave();
            waiting = null;
        }
    }

    private void TakeState(FrameConnection connection, ITrainer opened)
    {
        around.Writer.AwaitCopied();
        digest = null;
        using var spare = opened.State.CreateLike();
        FollowStream.ReceiveState(connection, spare, () => Pass(RankMoments.CopyReceiving, long.MaxValue));
        opened.State.CopyFrom(spare);
    }

    private void Replay(FrameConnection connection, ITrainer opened, long number)
    {
        using var gradient = new AlignedBuffer<float>(opened.State.Student.Length);
        while (!mailbox.MustStop(opened.State.Step))
        {
            var (step, generation, latest) = FollowStream.ReceiveStep(connection, gradient.Host, Tell);
            opened.Replay(step);
            opened.State.SetStep(step.Step + 1, generation);
            Tell(latest);
        }

        void Tell(long latest) => around.Report(new RankFollowed(number, opened.State.Step, Math.Max(0, latest - opened.State.Step)));
    }

    private void Explain(FollowRank order, Exception problem)
    {
        // With an order to stop the state is as good as any: the promise tells how far it came.
        if (!mailbox.Interrupted && !mailbox.MustStop(long.MaxValue))
        {
            var failure = RankFaults.Read(order.Follow.Record, problem, around.WorkerId, forming: true).Failure;
            around.Report(new RankFollowEnded(order.Follow.Record.Number, problem.Message, failure));
        }

        LogStopped(around.Logger, order.Follow.Run, order.Follow.Record.Number, problem.Message);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "run {RunId}: follows generation {Generation} from {Source}, state after step {Step}"
    )]
    private static partial void LogFollows(ILogger logger, string runId, long generation, string source, long step);
}
