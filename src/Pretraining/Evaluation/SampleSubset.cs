using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Which samples an evaluation takes of a set that has more than it needs: the same in every evaluation.</summary>
internal static class SampleSubset
{
    /// <summary>Of a larger set so many are taken, at random: more would change the figures little and cost an evaluation its time.</summary>
    public const int Most = 10_000;

    /// <summary>The numbers first … first + count − 1, or those <see cref="Most"/> of them whose draw is smallest, ascending.</summary>
    public static int[] Of(int first, int count)
    {
        var numbers = Enumerable.Range(first, count);
        return count <= Most
            ? [.. numbers]
            :
            [
                .. numbers
                    .OrderBy(i => new PhiloxStream(UnalignedProtocol.Seed, DrawPurpose.ProbeSubset, sample: i).NextUInt32())
                    .Take(Most)
                    .Order(),
            ];
    }
}
