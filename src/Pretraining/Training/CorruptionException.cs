using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Ranks hold or computed different bits of what is one: a machine errs without a word. Every rank of the group throws it, with the same content. No
/// state of this generation can be trusted any more, not even the own one.
/// </summary>
public sealed class CorruptionException : Exception
{
    /// <param name="kind">What differs.</param>
    /// <param name="step">Completed steps when it was found.</param>
    /// <param name="what">Its name, in words.</param>
    /// <param name="votes">Who says what; at least two values.</param>
    public CorruptionException(CorruptionKind kind, long step, string what, IReadOnlyList<(int Rank, string Value)> votes)
        : base($"{what} came out as {Tell(votes)}")
    {
        (Kind, Step) = (kind, step);
        (Accused, Decided) = CorruptionVotes.Judge(votes);
    }

    public CorruptionKind Kind { get; }

    public long Step { get; }

    /// <summary>Ranks that are wrong; all that may be, where no majority decides.</summary>
    public IReadOnlyList<int> Accused { get; }

    public bool Decided { get; }

    private static string Tell(IReadOnlyList<(int Rank, string Value)> votes) =>
        string.Join(
            " and ",
            votes
                .GroupBy(vote => vote.Value, StringComparer.Ordinal)
                .Select(camp => $"{camp.Key[..8]}… on rank {string.Join(", ", camp.Select(vote => vote.Rank).Distinct().Order())}")
        );
}
