using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Metric names are the same in the code, on docs/metrics.md and in the dashboards, and the code spells them in one file.</summary>
public static partial class MetricNamesRule
{
    private static readonly string[] HistogramSuffixes = ["_bucket", "_sum", "_count"];

    /// <param name="names">The constants.</param>
    /// <param name="pages">Documentation: each name stands there in backticks.</param>
    /// <param name="dashboards">Each name is shown there.</param>
    public static Checked Agree(IReadOnlyCollection<string> names, IReadOnlyList<TextFile> pages, IReadOnlyList<TextFile> dashboards)
    {
        var documented = pages
            .SelectMany(page => Quoted().Matches(page.Text))
            .Select(m => m.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var shown = dashboards
            .SelectMany(board => Bare().Matches(board.Text))
            .Select(m => Metric(m.Value, names))
            .ToHashSet(StringComparer.Ordinal);
        return new Checked(
            Math.Min(names.Count, Math.Min(documented.Count, shown.Count)),
            [
                .. names.Except(documented, StringComparer.Ordinal).Select(n => $"{n}: not documented"),
                .. documented.Except(names, StringComparer.Ordinal).Select(n => $"{n}: documented, and no such metric"),
                .. names.Except(shown, StringComparer.Ordinal).Select(n => $"{n}: on no dashboard"),
                .. shown.Except(names, StringComparer.Ordinal).Select(n => $"{n}: on a dashboard, and no such metric"),
            ]
        );
    }

    /// <summary>Series that rules and runbooks name are metrics, or are recorded by one of the rules.</summary>
    /// <param name="rules">Prometheus rules.</param>
    /// <param name="readers">What else names series.</param>
    public static Checked Known(IReadOnlyCollection<string> names, IReadOnlyList<TextFile> rules, IReadOnlyList<TextFile> readers)
    {
        var recorded = rules
            .SelectMany(file => Records().Matches(file.Text))
            .Select(m => m.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        return Checked.Each(
            rules.Concat(readers).SelectMany(file => Series().Matches(file.Text).Select(m => (file.Path, Name: m.Value))).Distinct(),
            seen =>
                recorded.Contains(seen.Name) || names.Contains(Metric(seen.Name, names))
                    ? null
                    : $"{seen.Path}: {seen.Name} is no metric, and no rule records it"
        );
    }

    /// <param name="sources">The code under src, without the file of the constants.</param>
    public static Checked SpelledOnce(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources,
            file => Bare().Match(file.Text) is { Success: true } name ? $"{file.Path}: spells {name.Value}; take it from MetricNames" : null
        );

    private static string Metric(string series, IReadOnlyCollection<string> names) =>
        HistogramSuffixes
            .Where(s => series.EndsWith(s, StringComparison.Ordinal))
            .Select(s => series[..^s.Length])
            .FirstOrDefault(names.Contains)
        ?? series;

    [GeneratedRegex(@"`(?<name>orchestrator_\w+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\s*- record: (?<name>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Records();

    [GeneratedRegex(@"\borchestrator[_:][a-z][\w:]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Series();

    [GeneratedRegex(@"\borchestrator_[a-z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bare();
}
