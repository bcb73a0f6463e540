using Orchestrator.Pretraining.Views;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Checks;

/// <summary>What a spec should normalize its samples by.</summary>
public static class SampleStatistics
{
    /// <summary>
    /// What <c>options.augmentation.normalization</c> should be: mean and deviation on values 0–1, of samples that are pretrained on, each
    /// whole and at the size of a view; damaged ones are left out. Of a larger set so many are measured, spread evenly over its order.
    /// </summary>
    /// <param name="spec">Of images or volumes; its own normalization does not matter.</param>
    /// <param name="most">Samples to measure, 1 or more.</param>
    /// <returns>The figures, and the samples that could not be decoded.</returns>
    /// <exception cref="DataException">None could be decoded.</exception>
    public static (ViewStatistics Statistics, IReadOnlyList<DamagedSample> Damaged) Measure(
        RunSpec spec,
        IDataSet data,
        int most,
        Action<int>? decoded,
        CancellationToken cancellation
    )
    {
        var samples = Chosen(data, most);
        var normalization = new Normalization(spec.Options.Augmentation!.Normalization, data.ViewSize.Channels);
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
            : throw new DataException($"none of {samples.Length} samples can be decoded; the first: {damaged[0].Problem}");
    }

    /// <summary>
    /// What <c>options.spectrogram</c>'s mean and deviation should be: of the log-mels of sounds that are pretrained on, each whole.
    /// </summary>
    /// <param name="spec">Of sounds; its own mean and deviation do not matter.</param>
    /// <param name="most">Sounds to measure, 1 or more.</param>
    /// <returns>The figures, and the sounds that could not be decoded.</returns>
    /// <exception cref="DataException">None could be decoded.</exception>
    public static (AudioStatistics Statistics, IReadOnlyList<DamagedSample> Damaged) MeasureSounds(
        RunSpec spec,
        IDataSet data,
        int most,
        Action<int>? decoded,
        CancellationToken cancellation
    )
    {
        var sounds = (AudioDataSet)data;
        var statistics = new AudioStatistics(spec.Options.Spectrogram!);
        var damaged = new List<DamagedSample>();
        foreach (var sample in Chosen(data, most))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                statistics.Add(sounds.ReadWhole(sample));
            }
            catch (DataException exception)
            {
                damaged.Add(new DamagedSample(sample, exception.Message, exception.IsUnreadable));
            }

            decoded?.Invoke(1);
        }

        return statistics.Count > 0
            ? (statistics, damaged)
            : throw new DataException(
                damaged.Count > 0
                    ? $"none of the sounds can be decoded; the first: {damaged[0].Problem}"
                    : "every sound is shorter than a frame; lower options.spectrogram.frameLength"
            );
    }

    /// <summary>So many samples that are pretrained on, spread evenly over the order.</summary>
    private static int[] Chosen(IDataSet data, int most)
    {
        var count = Math.Min(most, data.PretrainingCount);
        return [.. Enumerable.Range(0, count).Select(k => (int)((long)k * data.PretrainingCount / count))];
    }
}
