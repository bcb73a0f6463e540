using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Views;

/// <summary>Mean and deviation of each channel over views, in double precision. The same views in the same order give the same bits.</summary>
public sealed class ViewStatistics(int channels)
{
    private readonly double[] means = new double[channels];
    private readonly double[] squares = new double[channels];

    /// <summary>Values of a channel so far.</summary>
    public long Count { get; private set; }

    /// <summary>By channel; 0 where nothing was added.</summary>
    public IReadOnlyList<double> Means => means;

    /// <summary>Root of the mean squared distance from the mean, by channel.</summary>
    public IReadOnlyList<double> Deviations => Array.ConvertAll(squares, sum => Count == 0 ? 0 : Math.Sqrt(sum / Count));

    /// <summary>Adds a view.</summary>
    /// <param name="view"><c>[C, H, W]</c>.</param>
    public void Add(ReadOnlySpan<float> view, ImageSize size)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(size.Channels, channels);
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = view.Slice(channel * size.Area, size.Area);
            var mean = Mean(plane);
            Merge(channel, mean, SquaresAround(plane, mean), size.Area);
        }

        Count += size.Area;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(ViewStatistics other)
    {
        if (other.Count == 0)
        {
            return;
        }

        for (var channel = 0; channel < channels; channel++)
        {
            Merge(channel, other.means[channel], other.squares[channel], other.Count);
        }

        Count += other.Count;
    }

    /// <summary>Chan, Golub, LeVeque 1979: nothing large is subtracted from something large.</summary>
    private void Merge(int channel, double mean, double around, long count)
    {
        var total = Count + count;
        var difference = mean - means[channel];
        squares[channel] += around + (difference * difference * Count * count / total);
        means[channel] += difference * count / total;
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    private static double SquaresAround(ReadOnlySpan<float> values, double mean)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (value - mean) * (value - mean);
        }

        return sum;
    }
}
