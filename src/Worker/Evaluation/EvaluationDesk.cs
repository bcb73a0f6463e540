using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Verification;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Runs evaluations and verifications, each on a dedicated thread; at most one is wanted at a time. One that is not wanted any more reports nothing.</summary>
public sealed class EvaluationDesk(IEvaluationRunner evaluations, IVerificationRunner verifications, Action<AgentEvent> report)
    : IDisposable
{
    private readonly Lock gate = new();
    private (string Key, CancellationTokenSource Stop, Thread Thread)? current;

    public void Begin(IErrand order)
    {
        lock (gate)
        {
            current?.Stop.Cancel();
            var stop = new CancellationTokenSource();
            var thread = new Thread(() => Run(order, stop)) { IsBackground = true, Name = "evaluation" };
            current = (order.EvaluationKey, stop, thread);
            thread.Start();
        }
    }

    public void Cancel(string key)
    {
        lock (gate)
        {
            if (current?.Key == key)
            {
                current?.Stop.Cancel();
            }
        }
    }

    public void Dispose()
    {
        Thread? last;
        lock (gate)
        {
            current?.Stop.Cancel();
            last = current?.Thread;
        }

        // The evaluation looks at its token between parts; the process does not wait longer than this for one.
        last?.Join(TimeSpan.FromSeconds(5));
    }

    private void Run(IErrand order, CancellationTokenSource stop)
    {
        AgentEvent outcome;
        var helps = order is Evaluate { Helps: true };
        try
        {
            var result = Result(order, stop.Token);
            outcome = helps ? new HelpEnded(order.EvaluationKey, null) : new EvaluationFinished(order.EvaluationKey, result, null);
        }
        catch (OperationCanceledException) when (helps)
        {
            outcome = new HelpEnded(order.EvaluationKey, null);
        }
        catch (Exception e)
        {
            outcome = helps ? new HelpEnded(order.EvaluationKey, e.Message) : new EvaluationFinished(order.EvaluationKey, null, e.Message);
        }

        // The same work may have been ordered again meanwhile: what was given up is not its outcome.
        if (!stop.IsCancellationRequested)
        {
            report(outcome);
        }
    }

    private string Result(IErrand order, CancellationToken cancellation) =>
        order switch
        {
            Evaluate evaluate => evaluations.Run(evaluate, cancellation),
            Verify verify => verifications.Run(verify, cancellation),
            _ => throw new InvalidDataException($"this worker does not know what to do for {order.EvaluationKey} (another version?)"),
        };
}
