namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Finds the costs of a kind of link with which the model comes nearest to what was measured.</summary>
internal static class CostFit
{
    // Half a microsecond, 50 and 1,000 nanoseconds a KiB: anywhere in the region will do, the search goes downhill from there.
    private static readonly double[] Start = [5e-7, 5e-11, 1e-11];

    // A cost may turn out to be nothing, but its logarithm may not.
    private const double Least = 1e-14;

    /// <summary>Misses by less than this factor count by their square, larger ones by themselves: one odd measurement does not bend the rest.</summary>
    private const double Tolerated = 0.2;

    /// <param name="addedByteSeconds">Processor time of an addition, which is known: a frame's bytes are always added, so these cannot tell the two apart.</param>
    public static LinkCosts Of(IReadOnlyList<Observation> observations, double addedByteSeconds, long cacheBytes)
    {
        var best = (double[])Start.Clone();
        var least = Miss(best);
        for (var factor = 4.0; factor > 1.0005; )
        {
            var next = Neighbors(best, factor).MinBy(Miss)!;
            if (Miss(next) < least)
            {
                (best, least) = (next, Miss(next));
            }
            else
            {
                factor = Math.Sqrt(factor);
            }
        }

        return Costs(best);

        double Miss(double[] values) =>
            observations.Sum(seen =>
            {
                var miss = Math.Log(Processor(seen.Load, seen.Bytes, Costs(values), addedByteSeconds, cacheBytes) / seen.ProcessorSeconds);
                return Math.Sqrt(1 + (miss * miss / (Tolerated * Tolerated))) - 1;
            });
    }

    /// <summary>Processor time that the model gives to all ranks of a host together.</summary>
    public static double Processor(ExchangeLoad load, long bytes, LinkCosts costs, double addedByteSeconds, long cacheBytes)
    {
        var host = new Hardware(costs, costs, addedByteSeconds, 1, 1, cacheBytes, double.PositiveInfinity, 0);
        return ExchangeTime.Of(load, bytes, new HostPlacement(load.Ranks.Count), host).HostProcessor;
    }

    private static LinkCosts Costs(double[] values) => new(values[0], values[1], values[2]);

    /// <summary>Each value more, less or as it is, in all combinations.</summary>
    private static IEnumerable<double[]> Neighbors(double[] values, double factor)
    {
        for (var turn = 0; turn < 27; turn++)
        {
            int[] direction = [(turn % 3) - 1, (turn / 3 % 3) - 1, (turn / 9) - 1];
            yield return [.. values.Select((value, i) => Math.Max(Least, value * Math.Pow(factor, direction[i])))];
        }
    }
}
