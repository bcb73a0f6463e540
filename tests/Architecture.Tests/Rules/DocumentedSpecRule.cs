using System.Text.RegularExpressions;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Every whole run spec that a page shows is one that the parser takes.</summary>
public static partial class DocumentedSpecRule
{
    /// <param name="pages">Markdown.</param>
    public static Checked Check(IReadOnlyList<TextFile> pages) =>
        Checked.Each(
            pages.SelectMany(page => Specs().Matches(page.Text).Select(m => (page, Spec: m.Groups["spec"].Value))),
            shown =>
                RunSpecParser.Parse(shown.Spec) is { IsValid: false, Errors: var errors }
                    ? $"{shown.page.Path}: {string.Join("; ", errors)}"
                    : null
        );

    [GeneratedRegex(
        @"^```yaml\n(?<spec>(?:apiVersion|method):.*?)^```",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Specs();
}
