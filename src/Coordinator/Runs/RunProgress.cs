using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What the row store holds of a run. Rows stand without a gap from step 0.</summary>
/// <param name="Next">First step without a row.</param>
/// <param name="LossesSha256">Over all rows that stand.</param>
/// <param name="FirstLoss">Total loss of the first row that has a finite one.</param>
/// <param name="Recent">The newest rows, at most 50, oldest first.</param>
public sealed record RunProgress(long Next, string LossesSha256, double? FirstLoss, IReadOnlyList<StepRow> Recent)
{
    /// <summary>The store's answers are numbered as it gives them: of two the higher one is newer, in whichever order they arrive.</summary>
    public long Number { get; init; }

    /// <summary>Head of the chain of digests over all rows that stand; null where a row has none.</summary>
    public string? AuditSha256 { get; init; }

    /// <summary>Total loss of the newest row that has a finite one: rows of steps that were not applied may have none.</summary>
    public double? LastLoss => Recent.Reverse().Select(Finite).FirstOrDefault(loss => loss is not null);

    public StepRow? Last => Recent.Count == 0 ? null : Recent[^1];

    /// <summary>A row's total loss; null where it is not finite.</summary>
    public static double? Finite(StepRow row) => row.Losses is [var total, ..] && double.IsFinite(total.Value) ? total.Value : null;

    /// <summary>Seconds, median and largest of the recent steps; empty before any.</summary>
    public IReadOnlyList<double> StepSeconds()
    {
        if (Recent.Count == 0)
        {
            return [];
        }

        var sorted = Recent.Select(row => row.Seconds).Order().ToArray();
        return [sorted[sorted.Length / 2], sorted[^1]];
    }
}

/// <summary>Two generations gave one step different losses or digests: what the strict mode rules out.</summary>
public sealed record RowConflict(long Step, long StoredGeneration, long Generation);
