using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Every path that a page names, in backticks or as a link, is there.</summary>
public static partial class DocumentedPathRule
{
    private static readonly string[] Roots = ["src/", "tests/", "docs/", "k8s/", "samples/", "build/", "benchmarks/", ".ci/"];

    /// <param name="pages">Markdown.</param>
    /// <param name="exists">Of a path relative to the repository's root.</param>
    public static Checked Check(IReadOnlyList<TextFile> pages, Func<string, bool> exists) =>
        Checked.Each(
            pages.SelectMany(page => Paths(page).Distinct(StringComparer.Ordinal).Select(path => (page, path))),
            named => exists(named.path) ? null : $"{named.page.Path}: {named.path} is not there"
        );

    private static IEnumerable<string> Paths(TextFile page)
    {
        foreach (Match match in Quoted().Matches(page.Text))
        {
            var path = match.Groups["path"].Value;
            if (Array.Exists(Roots, root => path.StartsWith(root, StringComparison.Ordinal) || path == root.TrimEnd('/')))
            {
                yield return path;
            }
        }

        foreach (Match match in Links().Matches(page.Text))
        {
            var target = match.Groups["path"].Value;
            if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            {
                yield return string.Join('/', [.. page.Folders, target]);
            }
        }
    }

    // Two words in backticks are a command, and … or { stand for something else.
    [GeneratedRegex(@"`(?<path>[\w./-]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]*)(?:#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Links();
}
