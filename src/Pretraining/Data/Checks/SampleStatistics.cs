using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Checks;

/// <summary>What <c>options.augmentation.normalization</c> of a spec should be: mean and deviation of its samples, on values 0–1.</summary>
public static class SampleStatistics
{
    /// <summary>
    /// Measures samples that are pretrained on, each whole and at the size of a view; damaged ones are left out. Of a larger set so many are
    /// measured, spread evenly over its order.
    /// </summary>
    /// <param name="spec">Of images or volumes; its own normalization does not matter.</param>
    /// <param name="most">Samples to measure, 1 or more.</param>
    /// <returns>The figures, and the samples that could not be decoded.</returns>
    /// <exception cref="DataException">The samples are sounds, or none could be decoded.</exception>
    public static (ViewStatistics Statistics, IReadOnlyList<DamagedSample> Damaged) Measure(
        RunSpec spec,
        IDataSet data,
        int most,
        Action<int>? decoded,
        CancellationToken cancellation
    )
    {
        if (spec.Data.Kind == DataKind.Audio)
        {
            throw new DataException($"{spec.Data.SourceKey} '{spec.Data.Source}' has no pixels to measure");
        }

        var count = Math.Min(most, data.PretrainingCount);
        int[] samples = [.. Enumerable.Range(0, count).Select(k => (int)((long)k * data.PretrainingCount / count))];
        var normalization = new Normalization(spec.Options.Augmentation.Normalization, data.ViewSize.Channels);
        var (blocks, damaged) = new SamplePass(data, decoded).Run(
            samples,
            () => new ViewStatistics(data.ViewSize.Channels),
            (statistics, view) =>
            {
                normalization.Invert(view, data.ViewSize);
                statistics.Add(view, data.ViewSize);
            },
            cancellation
        );
        var all = new ViewStatistics(data.ViewSize.Channels);
        foreach (var block in blocks)
        {
            all.Add(block);
        }

        return all.Count > 0
            ? (all, damaged)
            : throw new DataException($"none of {count} samples can be decoded; the first: {damaged[0].Problem}");
    }
}
