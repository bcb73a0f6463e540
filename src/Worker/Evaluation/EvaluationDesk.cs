using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Worker.Evaluation;

/// <summary>Runs evaluations, each on a dedicated thread; at most one is wanted at a time.</summary>
public sealed class EvaluationDesk(IEvaluationRunner runner, Action<AgentEvent> report) : IDisposable
{
    private readonly Lock gate = new();
    private (string Key, CancellationTokenSource Stop, Thread Thread)? current;

    public void Begin(Evaluate order)
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

    private void Run(Evaluate order, CancellationTokenSource stop)
    {
        try
        {
            report(new EvaluationFinished(order.EvaluationKey, runner.Run(order, stop.Token), null));
        }
        catch (Exception e)
        {
            report(new EvaluationFinished(order.EvaluationKey, null, e.Message));
        }
    }
}
