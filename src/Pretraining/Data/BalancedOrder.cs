using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// An order without end in which every group has its turn once a round, and in its turns goes through its samples, each once a pass: a large
/// group's samples come up less often, a small one's more often. A pure function of seed and position, like <see cref="EpochPermutation"/>.
/// </summary>
/// <param name="starts">First sample of each group, ascending from 0.</param>
/// <param name="samples">Of all groups.</param>
internal sealed class BalancedOrder(ulong seed, IReadOnlyList<int> starts, long samples)
{
    /// <summary>The turn at a position of the run, from 0.</summary>
    public SampleTurn this[long position]
    {
        get
        {
            var (round, place) = Math.DivRem(position, starts.Count);
            var group = (int)new EpochPermutation(new PhiloxStream(seed, DrawPurpose.GroupOrder, round), starts.Count)[place];
            var first = starts[group];
            var members = (group + 1 < starts.Count ? starts[group + 1] : samples) - first;
            var (pass, member) = Math.DivRem(round, members);
            var order = new EpochPermutation(new PhiloxStream(seed, DrawPurpose.GroupMembers, pass, group), members);
            return new SampleTurn(first + order[member], pass);
        }
    }
}
