using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Evaluation;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Telemetry;

namespace Orchestrator.Worker.Agent;

/// <summary>What the agent gives orders to.</summary>
public sealed record AgentHands(
    IControlLink Link,
    RankThread Rank,
    StepLog Log,
    CheckpointWriter Writer,
    EvaluationDesk Evaluations,
    WorkerMetrics Metrics,
    FrameTraffic Traffic
);

/// <summary>
/// The shell around <see cref="AgentTransitions"/>: one loop takes events from the inbox, decides, and has the effects done. It outlives actor
/// systems, and never blocks: what takes time has a thread of its own.
/// </summary>
public sealed partial class WorkerAgent
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);
    private static readonly FrameKind[] CountedKinds = [FrameKind.Gradient, FrameKind.Statistics, FrameKind.Teacher, FrameKind.State];

    private readonly AgentIdentity identity;
    private readonly AgentInbox inbox;
    private readonly AgentHands hands;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Action<string> exit;
    private AgentState state;
    private long sequence;

    /// <param name="exit">Called with the reason when this worker is to leave; may be called again.</param>
    public WorkerAgent(
        AgentIdentity identity,
        IReadOnlyList<string> contacts,
        AgentInbox inbox,
        AgentHands hands,
        Action<string> exit,
        TimeProvider time,
        ILogger logger
    )
    {
        (this.identity, this.inbox, this.hands, this.exit, this.time, this.logger) = (identity, inbox, hands, exit, time, logger);
        state = AgentState.Initial(identity.WorkerId, identity.Incarnation, contacts, time.GetUtcNow());
    }

    /// <summary>Where the worker stands now; for other threads.</summary>
    public AgentState State => Volatile.Read(ref state);

    /// <summary>Runs until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TickEvery, time);
        var ticking = TickAsync(timer, cancellation);
        inbox.Post(new Ticked());
        try
        {
            await foreach (var happened in inbox.ReadAllAsync(cancellation))
            {
                Handle(happened);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await ticking;
        }
    }

    private async Task TickAsync(PeriodicTimer timer, CancellationToken cancellation)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                foreach (var peer in hands.Rank.WaitsFor)
                {
                    hands.Metrics.Waited(peer, TickEvery);
                }

                inbox.Post(new Ticked());
            }
        }
        catch (OperationCanceledException)
        {
            // The worker ends.
        }
    }

    private void Handle(AgentEvent happened)
    {
        try
        {
            var before = state;
            var (after, effects) = AgentTransitions.Decide(before, happened, time.GetUtcNow());
            Volatile.Write(ref state, after);
            if (after.Phase != before.Phase || after.Generation != before.Generation)
            {
                LogPhase(logger, after.Run ?? before.Run ?? "", after.Phase, after.Generation, after.Promised, after.ProgressStep);
            }

            foreach (var effect in effects.Where(effect => effect is not Agent.SendStatus))
            {
                Do(effect, before);
            }

            if (effects.Any(effect => effect is Agent.SendStatus))
            {
                Tell();
            }
        }
        catch (Exception e)
        {
            // The loop is the worker's life: a fault in one event must not end it.
            LogFault(logger, happened.GetType().Name, e);
        }
    }

    private void Do(AgentEffect effect, AgentState before)
    {
        switch (effect)
        {
            case SendMessage send:
                hands.Link.Send(state.Contacts.Current, send.Message);
                break;
            case SendRows rows:
                SendMissingRows(rows);
                break;
            case FormRank form:
                hands.Metrics.Joined(form.Form.Run, form.Rank, form.Form.Record.Number, before.Generation > 0);
                hands.Rank.Post(form);
                break;
            case StopRank:
            case StartRank:
            case ServeCopies:
            case FollowRank:
            case RequestCheckpoint:
            case ReleaseRank:
                hands.Rank.Post(effect);
                break;
            case DeleteCheckpoint delete:
                hands.Writer.Delete(delete.Path, delete.Why);
                break;
            case DeleteUnfinished delete:
                hands.Writer.DeleteUnfinished(delete.Run, delete.ThroughStep);
                break;
            case StartEvaluation start:
                hands.Evaluations.Begin(start.Order);
                break;
            case CancelEvaluation cancel:
                hands.Evaluations.Cancel(cancel.Key);
                break;
            case Report report:
                LogReport(logger, report.IsWarning ? LogLevel.Warning : LogLevel.Information, report.Text);
                break;
            case Exit over:
                exit(over.Reason);
                break;
        }
    }

    private void Tell()
    {
        var now = time.GetUtcNow();
        Volatile.Write(ref state, state with { Contacts = state.Contacts.Asking(now), StatusSentAt = now });
        var status = AgentStatus.Of(state, identity, ++sequence, WaitsFor(), BytesSent(), hands.Rank.CheckpointsRead, hands.Rank.ShardTime);
        hands.Link.Send(state.Contacts.Current, status);
    }

    private IReadOnlyList<string> WaitsFor() =>
        hands.Rank.WaitsFor is { Count: > 0 } names ? names
        : state.Phase is WorkerPhase.Held or WorkerPhase.Stopped or WorkerPhase.Ready ? ["coordinator"]
        : [];

    private Dictionary<string, long> BytesSent() =>
        CountedKinds.ToDictionary(WorkerMetrics.KindName, hands.Traffic.Sent, StringComparer.Ordinal);

    private void SendMissingRows(SendRows order)
    {
        foreach (var batch in StepBatches.Of(hands.Log.From(order.From, MetricsCursor.MostRows)))
        {
            hands.Link.Send(state.Contacts.Current, new StepMetrics(order.Run, identity.WorkerId, order.Generation, batch));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "run {RunId}: {Phase}, generation {Generation}, promised {Promised}, step {Step}"
    )]
    private static partial void LogPhase(ILogger logger, string runId, WorkerPhase phase, long generation, long promised, long step);

    [LoggerMessage(Message = "{Text}")]
    private static partial void LogReport(ILogger logger, LogLevel level, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "the agent failed on {Event}")]
    private static partial void LogFault(ILogger logger, string @event, Exception exception);
}
