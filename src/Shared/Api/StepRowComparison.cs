using System.Globalization;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Shared.Api;

/// <summary>What two rows of one step say of it, bit by bit: losses, and the digests that both have. Times and who computed are not compared.</summary>
/// <param name="Compared">What could be compared: <c>losses</c>, <c>samples</c>, <c>gradient</c>, <c>weights</c>.</param>
/// <param name="Differences">Where they differ; empty where they are equal.</param>
public sealed record StepRowComparison(IReadOnlyList<string> Compared, IReadOnlyList<StepDifference> Differences)
{
    public bool IsEqual => Differences.Count == 0;

    /// <param name="stored">The row that stands.</param>
    /// <param name="computed">The same step, computed again.</param>
    public static StepRowComparison Of(StepRow stored, StepRow computed)
    {
        (string Name, string? Stored, string? Computed)[] digests =
        [
            ("samples", stored.Audit?.Samples, computed.Audit?.Samples),
            ("gradient", stored.Audit?.Gradient, computed.Audit?.Gradient),
            ("weights", stored.Audit?.Weights, computed.Audit?.Weights),
        ];
        var both = digests.Where(digest => digest is { Stored: not null, Computed: not null }).ToArray();
        return new StepRowComparison(
            ["losses", .. both.Select(digest => digest.Name)],
            [
                .. Losses(stored.Losses, computed.Losses),
                .. both.Where(digest => digest.Stored != digest.Computed)
                    .Select(digest => new StepDifference(digest.Name, digest.Stored!, digest.Computed!)),
            ]
        );
    }

    private static IEnumerable<StepDifference> Losses(IReadOnlyList<LossTerm> stored, IReadOnlyList<LossTerm> computed)
    {
        if (!stored.Select(term => term.Name).SequenceEqual(computed.Select(term => term.Name), StringComparer.Ordinal))
        {
            yield return new StepDifference("losses", Names(stored), Names(computed));
            yield break;
        }

        foreach (var (one, other) in stored.Zip(computed))
        {
            if (BitConverter.DoubleToInt64Bits(one.Value) != BitConverter.DoubleToInt64Bits(other.Value))
            {
                yield return new StepDifference($"losses.{one.Name}", Bits(one.Value), Bits(other.Value));
            }
        }
    }

    private static string Names(IReadOnlyList<LossTerm> terms) => string.Join(", ", terms.Select(term => term.Name));

    // Two neighbors may look alike in decimal, so the bits stand beside.
    private static string Bits(double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:R} (0x{BitConverter.DoubleToInt64Bits(value):x16})");
}

/// <param name="What"><c>losses.TERM</c>, <c>samples</c>, <c>gradient</c> or <c>weights</c>.</param>
public sealed record StepDifference(string What, string Stored, string Computed);
