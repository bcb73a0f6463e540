namespace Orchestrator.Cli.Studies.Statistics;

/// <summary>Ranks: 1 is the best; those that tie share the mean of their places.</summary>
public static class Ranking
{
    /// <param name="values">The higher, the better; null: not ranked.</param>
    public static IReadOnlyList<double?> Of(IReadOnlyList<double?> values) =>
        [
            .. values.Select(
                double? (value) =>
                    value is { } known ? 1 + values.Count(v => v > known) + ((values.Count(v => v == known) - 1) / 2.0) : null
            ),
        ];
}
