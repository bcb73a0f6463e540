using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Names that say nothing: a file or type named so holds what nobody found a place for.</summary>
public static partial class NameRule
{
    private static readonly HashSet<string> Folders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Util",
        "Utils",
        "Utilities",
        "Helper",
        "Helpers",
        "Common",
        "Manager",
        "Managers",
        "Misc",
        "Services",
    };

    /// <param name="sources">Code, and its paths.</param>
    public static Checked Check(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources,
            file =>
                file.Folders.FirstOrDefault(Folders.Contains) is { } folder ? $"{file.Path}: the folder {folder} says nothing"
                : Types().Match(file.Text) is { Success: true } type
                    ? $"{file.Path}: the type {type.Groups["name"].Value} ends in a word that says nothing"
                : null
        );

    [GeneratedRegex(
        @"\b(?:class|record|struct|interface|enum)\s+(?<name>\w*(?:Utils?|Utilities|Helpers?|Managers?|Common|Services?|Base|Impl))\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Types();
}
