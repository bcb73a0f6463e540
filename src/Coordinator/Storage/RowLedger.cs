using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Storage;

/// <summary>Running totals over the rows of one run, in step order. Used by the row store's thread only.</summary>
internal sealed class RowLedger : IDisposable
{
    private const int MostRecent = 50;

    // Of a run that skips every other step the journal shall not become the log; the rows tell of every one.
    private const int MostNonFiniteTold = 100;

    private readonly LossDigest digest = new();
    private readonly AuditDigest audit = new();
    private readonly Queue<StepRow> recent = new();
    private readonly HashSet<long> damaged = [];
    private readonly CollapseWatch collapse = new();
    private double? firstLoss;
    private int nonFinite;

    /// <summary>First step without a row.</summary>
    public long Next { get; private set; }

    /// <summary>Takes the next row.</summary>
    /// <returns>Damaged samples that no row before named, a collapse that was not told before, and why the step was not applied, if it was not.</returns>
    public (IReadOnlyList<DamagedSampleRow> Damaged, string? Collapse, string? NonFinite) Add(StepRow row)
    {
        digest.Add(row.Step, row.Losses);
        audit.Add(row.Step, row.Audit);
        firstLoss ??= RunProgress.Finite(row);
        recent.Enqueue(row);
        if (recent.Count > MostRecent)
        {
            recent.Dequeue();
        }

        Next = row.Step + 1;
        return (
            row.Damaged is null ? [] : [.. row.Damaged.Where(sample => damaged.Add(sample.Sample))],
            collapse.Take(row),
            NonFinite(row)
        );
    }

    /// <summary>Of a run without rows.</summary>
    public static RunProgress Nothing()
    {
        using var ledger = new RowLedger();
        return ledger.Progress();
    }

    public RunProgress Progress() => new(Next, digest.Hex(), firstLoss, [.. recent]) { AuditSha256 = audit.Hex() };

    public void Dispose()
    {
        digest.Dispose();
        audit.Dispose();
    }

    private string? NonFinite(StepRow row)
    {
        if (row.NonFinite is not { } found || ++nonFinite > MostNonFiniteTold)
        {
            return null;
        }

        var text = found.Tell(row.Step);
        return nonFinite == MostNonFiniteTold ? $"{text}; further steps like it are told in their rows only" : text;
    }
}
