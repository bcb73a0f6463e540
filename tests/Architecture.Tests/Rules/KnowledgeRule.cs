using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>What a room may not know, neither as a package nor in its code.</summary>
public static partial class KnowledgeRule
{
    public static IReadOnlyDictionary<string, string[]> Forbidden { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Shared"] = ["TorchSharp", "Microsoft.AspNetCore", "Prometheus"],
            ["Collectives"] = ["TorchSharp", "Akka", "Microsoft.AspNetCore", "Prometheus"],
            ["Pretraining"] = ["Akka", "Microsoft.AspNetCore", "Prometheus"],
            ["Coordinator"] = ["TorchSharp"],
            ["Client"] = ["TorchSharp", "Akka", "Microsoft.AspNetCore", "Prometheus"],
            ["Cli"] = ["TorchSharp", "Akka", "Microsoft.AspNetCore"],
        };

    /// <param name="projects">The project files under src.</param>
    public static Checked Packages(IReadOnlyList<TextFile> projects) =>
        Checked.Each(
            projects.Where(p => Forbidden.ContainsKey(p.Room)),
            project =>
                XDocument
                    .Parse(project.Text)
                    .Descendants()
                    .Where(e => e.Name.LocalName is "PackageReference" or "FrameworkReference")
                    .Select(e => (string?)e.Attribute("Include") ?? "")
                    .FirstOrDefault(package => Forbidden[project.Room].Any(f => package.StartsWith(f, StringComparison.OrdinalIgnoreCase)))
                    is { } found
                    ? $"{project.Path}: {project.Room} may not know {found}"
                    : null
        );

    /// <param name="sources">The code under src.</param>
    public static Checked Code(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources.Where(s => Forbidden.ContainsKey(s.Room)),
            source =>
                Usings()
                    .Matches(source.Text)
                    .Select(m => m.Groups["name"].Value)
                    .FirstOrDefault(used => Forbidden[source.Room].Any(f => Is(used, f)))
                    is { } found
                    ? $"{source.Path}: {source.Room} may not know {found}"
                    : null
        );

    /// <summary>Whether a file uses Akka.</summary>
    public static bool UsesAkka(TextFile source) => Usings().Matches(source.Text).Any(m => Is(m.Groups["name"].Value, "Akka"));

    private static bool Is(string used, string room) => used == room || used.StartsWith(room + ".", StringComparison.Ordinal);

    [GeneratedRegex(
        @"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?<name>[\w.]+)\s*;",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Usings();
}
