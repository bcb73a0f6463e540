using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Running totals over the rows of one run, in step order. Used by the row store's thread only.</summary>
internal sealed class RowLedger : IDisposable
{
    private const int MostRecent = 50;

    private readonly LossDigest digest = new();
    private readonly Queue<StepRow> recent = new();
    private readonly HashSet<long> damaged = [];
    private readonly CollapseWatch collapse = new();
    private double? firstLoss;

    /// <summary>First step without a row.</summary>
    public long Next { get; private set; }

    /// <summary>Takes the next row.</summary>
    /// <returns>Damaged samples that no row before named, and a collapse that was not told before.</returns>
    public (IReadOnlyList<DamagedSampleRow> Damaged, string? Collapse) Add(StepRow row)
    {
        digest.Add(row.Step, row.Losses);
        firstLoss ??= row.Losses[0].Value;
        recent.Enqueue(row);
        if (recent.Count > MostRecent)
        {
            recent.Dequeue();
        }

        Next = row.Step + 1;
        return (row.Damaged is null ? [] : [.. row.Damaged.Where(sample => damaged.Add(sample.Sample))], collapse.Take(row));
    }

    public RunProgress Progress() => new(Next, digest.Hex(), firstLoss, [.. recent]);

    public void Dispose() => digest.Dispose();
}
