namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>What one rank does in an exchange.</summary>
/// <param name="Near">Frames that it sends to, and takes from, ranks of its own host.</param>
/// <param name="FarOut">Frames that it sends to other hosts.</param>
/// <param name="FarIn">Frames that it takes from other hosts.</param>
/// <param name="Added">Bytes of the sums that it makes.</param>
internal readonly record struct RankLoad(Frames Near, Frames FarOut, Frames FarIn, long Added)
{
    public static RankLoad operator +(RankLoad left, RankLoad right) =>
        new(left.Near + right.Near, left.FarOut + right.FarOut, left.FarIn + right.FarIn, left.Added + right.Added);

    /// <summary>Frames to and from other hosts.</summary>
    public Frames Far => FarOut + FarIn;
}
