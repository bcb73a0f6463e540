namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>A step of a world, predicted.</summary>
/// <param name="Hosts">That the ranks are on.</param>
/// <param name="Algorithm">That the code chooses for the gradient.</param>
/// <param name="Gradient">Its exchange, behind the backward pass, as the code has it.</param>
/// <param name="SmallSeconds">All sums of statistics.</param>
/// <param name="OverlapSeconds">What an exchange in buckets during the backward pass would leave to be waited for; the code has none.</param>
/// <param name="Better">The fastest exchange with the tree's bits that the code does not have.</param>
/// <param name="BetterTime">Its time.</param>
/// <param name="BetterSmallSeconds">Sums of statistics by doubling, where that is faster.</param>
/// <param name="BetterOverlapSeconds">What the fastest exchange with the tree's bits would leave to be waited for in buckets during the backward pass.</param>
/// <param name="LinkSeconds">The least that the network allows, with processors that cost nothing: each host's sum out and in once, in each direction.</param>
internal sealed record StepGrowth(
    int World,
    int Hosts,
    string Algorithm,
    ExchangeTime Gradient,
    double SmallSeconds,
    double OverlapSeconds,
    string Better,
    ExchangeTime BetterTime,
    double BetterSmallSeconds,
    double BetterOverlapSeconds,
    double LinkSeconds,
    StepAssumptions Assumed
)
{
    // What is faster by less than a twentieth is within what the model can tell.
    private const double Worthwhile = 0.95;

    /// <summary>In place of a better exchange's name where there is none.</summary>
    public const string AsItIs = "none";

    /// <summary>Share of the step that is the step alone, as the code is.</summary>
    public double Share => ShareOf(Gradient.Seconds + SmallSeconds);

    /// <summary>The same if gradients were exchanged during the backward pass.</summary>
    public double OverlapShare => ShareOf(OverlapSeconds + SmallSeconds);

    /// <summary>The same with the better exchanges, behind the backward pass.</summary>
    public double BetterShare => ShareOf(BetterTime.Seconds + BetterSmallSeconds);

    /// <summary>The same during the backward pass.</summary>
    public double BetterOverlapShare => ShareOf(BetterOverlapSeconds + BetterSmallSeconds);

    /// <summary>The same with the network's least, behind the backward pass.</summary>
    public double LinkShare => ShareOf(LinkSeconds);

    /// <param name="world">Its ranks own a shard each.</param>
    public static StepGrowth Of(PlannedWorld world, HostPlacement placement, Hardware hardware, StepAssumptions assumed)
    {
        var bytes = (long)assumed.Parameters * assumed.ElementBytes;
        var load = world.Load(assumed.Parameters, assumed.ElementBytes, placement);
        var gradient = ExchangeTime.Of(load, bytes, placement, hardware);
        var small = world.Load(StepAssumptions.SmallLength, sizeof(double), placement);
        var smallBytes = StepAssumptions.SmallLength * sizeof(double);
        var better = SameBits(world.World, bytes, placement)
            .Prepend(load with { Algorithm = AsItIs })
            .Select(other => (other.Algorithm, Time: ExchangeTime.Of(other, bytes, placement, hardware)))
            .MinBy(other => other.Time.Seconds * (string.Equals(other.Algorithm, AsItIs, StringComparison.Ordinal) ? Worthwhile : 1));
        var doubling = OtherExchanges.Doubling(world.World, smallBytes, placement);
        var hosts = placement.Hosts(world.World);
        return new StepGrowth(
            world.World,
            hosts,
            load.Algorithm,
            gradient,
            StepAssumptions.SmallSums * SmallSeconds(small),
            Overlapped(length => [world.Load(length, assumed.ElementBytes, placement)], placement, hardware, assumed),
            better.Algorithm,
            better.Time,
            StepAssumptions.SmallSums * Math.Min(SmallSeconds(small), SmallSeconds(doubling)),
            Overlapped(
                length =>
                    SameBits(world.World, (long)length * assumed.ElementBytes, placement)
                        .Append(world.Load(length, assumed.ElementBytes, placement)),
                placement,
                hardware,
                assumed
            ),
            2.0 * (hosts - 1) / hosts * bytes / hardware.LinkBytesPerSecond,
            assumed
        );

        double SmallSeconds(ExchangeLoad sum) => ExchangeTime.Of(sum, smallBytes, placement, hardware).Seconds;
    }

    /// <summary>Exchanges that keep the tree's bits.</summary>
    private static ExchangeLoad[] SameBits(int world, long bytes, HostPlacement placement) =>
        [OtherExchanges.Halving(world, bytes, placement), OtherExchanges.Tree(world, bytes, placement)];

    // Buckets become ready evenly over the backward pass; the last one has nothing left to hide behind.
    private static double Overlapped(
        Func<int, IEnumerable<ExchangeLoad>> loads,
        HostPlacement placement,
        Hardware hardware,
        StepAssumptions assumed
    )
    {
        var length = Math.Min(assumed.BucketBytes / assumed.ElementBytes, assumed.Parameters);
        var buckets = (assumed.Parameters + length - 1) / length;

        // A bucket may fit into the cache, but is not there: the whole gradient is what a step goes through.
        var bytes = (long)assumed.Parameters * assumed.ElementBytes;
        var bucket = loads(length).Min(load => ExchangeTime.Of(load, bytes, placement, hardware).Seconds);
        return Math.Max(bucket, (buckets * bucket) - (assumed.BackwardShare * assumed.StepSeconds));
    }

    private double ShareOf(double exposed) => Assumed.StepSeconds / (Assumed.StepSeconds + exposed);
}
