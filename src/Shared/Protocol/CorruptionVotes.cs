namespace Orchestrator.Shared.Protocol;

/// <summary>What several ranks say of one thing that has one value. Whom more of them contradict than confirm is wrong.</summary>
public static class CorruptionVotes
{
    /// <summary>
    /// Who is at fault: all who ever said another value than the one that most ranks said, at least two. Where no value has such a majority nobody can be
    /// believed, and all who spoke are named.
    /// </summary>
    /// <param name="votes">Rank and value, as often as it was computed.</param>
    /// <returns>Ranks in order, none where all agree; and whether a majority decided.</returns>
    public static (IReadOnlyList<int> Accused, bool Decided) Judge(IReadOnlyList<(int Rank, string Value)> votes)
    {
        var camps = votes
            .GroupBy(vote => vote.Value, StringComparer.Ordinal)
            .Select(camp => (Value: camp.Key, Ranks: camp.Select(vote => vote.Rank).Distinct().Count()))
            .OrderByDescending(camp => camp.Ranks)
            .ToArray();
        if (camps.Length < 2)
        {
            return ([], true);
        }

        var decided = camps[0].Ranks >= 2 && camps[0].Ranks > camps[1].Ranks;
        return ([.. votes.Where(vote => !decided || vote.Value != camps[0].Value).Select(vote => vote.Rank).Distinct().Order()], decided);
    }
}
