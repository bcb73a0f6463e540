namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Processor time of frames by one kind of link; sending and taking a frame are half of it each.</summary>
/// <param name="FrameSeconds">Of a frame, however long.</param>
/// <param name="ByteSeconds">Of a byte of payload.</param>
/// <param name="UncachedSeconds">Of a byte more, where the payloads of a host do not fit into its last cache.</param>
internal sealed record LinkCosts(double FrameSeconds, double ByteSeconds, double UncachedSeconds)
{
    /// <summary>Seconds of one core for frames that a rank sends or takes.</summary>
    /// <param name="uncached">Share of the bytes that are in no cache, 0 to 1.</param>
    public double Seconds(Frames frames, double uncached) =>
        ((frames.Count * FrameSeconds) + (frames.Bytes * (ByteSeconds + (uncached * UncachedSeconds)))) / 2;
}
