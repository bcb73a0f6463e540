using Xunit;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>A rank of four that dies amid an all-reduce.</summary>
internal static class DyingRank
{
    private const int World = 4;

    /// <summary>Every rank fails, and some rank names the one that died. False where all was done before.</summary>
    /// <param name="of">Makes the gang, whose ranks' frames are counted there.</param>
    /// <param name="frames">That the victim lives for.</param>
    /// <param name="length">Elements of the payload.</param>
    public static bool EndsAll(Func<IFrameTraffic[], Gang> of, int victim, int frames, int length)
    {
        var last = new LastFrame(frames);
        using Gang gang = of([.. Enumerable.Range(0, World).Select(rank => rank == victim ? last : (IFrameTraffic)new FrameTraffic())]);
        last.Reached = () => gang.Groups[victim].Abort("it died");
        Exception?[] failures = gang.Collect(group =>
        {
            group.ReduceShardValues<float>(FrameKind.Gradient, length, 1);
            group.Barrier();
        });
        if (!last.IsReached)
        {
            return false;
        }

        Assert.All(failures, failure => Assert.IsAssignableFrom<CollectiveException>(failure));
        Assert.IsType<GenerationEndedException>(failures[victim]);
        Assert.Contains(failures, failure => failure is PeerLostException lost && lost.PeerRank == victim);
        return true;
    }
}
