namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Up to which payload it pays to send it whole to everybody, and up to which the code does.</summary>
/// <param name="CodeBytes">The code's largest payload that is sent whole.</param>
/// <param name="ModelBytes">The largest power of two up to which the model finds it faster than chunks.</param>
/// <param name="WholeSeconds">Of a payload of <paramref name="CodeBytes"/>, whole.</param>
/// <param name="ChunkedSeconds">The same in chunks.</param>
internal sealed record WholeLimit(int World, int CodeBytes, int ModelBytes, double WholeSeconds, double ChunkedSeconds)
{
    // Payloads are looked at in whole granules, from one up to a size that the code never sends whole.
    private const int Granule = 64;
    private const int MostBytes = 1 << 24;

    public static WholeLimit Of(PlannedWorld world, HostPlacement placement, Hardware hardware)
    {
        var code = Granule;
        for (var step = MostBytes / 2; step >= Granule; step /= 2)
        {
            if (world.Load((code + step) / sizeof(float), sizeof(float), placement).Algorithm == PlannedWorld.Whole)
            {
                code += step;
            }
        }

        var model = 0;
        for (var bytes = Granule; bytes <= MostBytes && Seconds(bytes).Whole <= Seconds(bytes).Chunked; bytes *= 2)
        {
            model = bytes;
        }

        var (whole, chunked) = Seconds(code);
        return new WholeLimit(world.World, code, model, whole, chunked);

        (double Whole, double Chunked) Seconds(int bytes) =>
            (
                ExchangeTime.Of(world.LoadWhole(bytes / sizeof(float), sizeof(float), placement), bytes, placement, hardware).Seconds,
                ExchangeTime.Of(world.LoadChunked(bytes / sizeof(float), sizeof(float), placement), bytes, placement, hardware).Seconds
            );
    }
}
