using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Ranks;

/// <summary>The last 10,000 completed steps of the run, for whoever lacks them. The rank thread writes, the agent reads.</summary>
public sealed class StepLog
{
    public const int Capacity = 10_000;
    private readonly Lock gate = new();
    private readonly Queue<StepRow> rows = new();

    public void Add(StepRow row)
    {
        lock (gate)
        {
            rows.Enqueue(row);
            if (rows.Count > Capacity)
            {
                rows.Dequeue();
            }
        }
    }

    /// <summary>At most so many rows of steps from one on, in the order in which they were computed.</summary>
    public IReadOnlyList<StepRow> From(long step, int most)
    {
        lock (gate)
        {
            return [.. rows.Where(row => row.Step >= step).Take(most)];
        }
    }

    /// <summary>Forgets the rows of steps from one on: they are computed again.</summary>
    public void CutFrom(long step)
    {
        lock (gate)
        {
            var kept = rows.Where(row => row.Step < step).ToArray();
            rows.Clear();
            foreach (var row in kept)
            {
                rows.Enqueue(row);
            }
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            rows.Clear();
        }
    }
}
