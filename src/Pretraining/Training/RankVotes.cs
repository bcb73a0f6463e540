using Orchestrator.Collectives;

namespace Orchestrator.Pretraining.Training;

/// <summary>What each rank says of a thing that is one, told to all of them.</summary>
internal static class RankVotes
{
    /// <summary>Called by every rank of the group.</summary>
    /// <param name="mine">A digest; empty from a rank that has nothing to say.</param>
    /// <returns>Rank and digest in hex of those who spoke, the same on every rank.</returns>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public static IReadOnlyList<(int Rank, string Value)> Gather(ProcessGroup group, ReadOnlySpan<byte> mine) =>
        [
            .. group
                .AllGather(FrameKind.Control, mine)
                .Select((digest, rank) => (Rank: rank, Value: Convert.ToHexStringLower(digest)))
                .Where(vote => vote.Value.Length > 0),
        ];

    /// <summary>Whether everybody says the same.</summary>
    public static bool Agree(IReadOnlyList<(int Rank, string Value)> votes) =>
        votes.Select(vote => vote.Value).Distinct(StringComparer.Ordinal).Count() < 2;
}
