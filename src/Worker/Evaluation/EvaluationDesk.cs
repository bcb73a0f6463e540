using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Verification;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Runs evaluations and verifications, each on a dedicated thread; at most one is wanted at a time.</summary>
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
        try
        {
            report(new EvaluationFinished(order.EvaluationKey, Result(order, stop.Token), null));
        }
        catch (Exception e)
        {
            report(new EvaluationFinished(order.EvaluationKey, null, e.Message));
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
