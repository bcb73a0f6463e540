using System.Xml.Linq;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Which room may reference which: exactly this table, both ways.</summary>
public static class ReferenceRule
{
    public static IReadOnlyDictionary<string, string[]> Table { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Shared"] = [],
            ["Collectives"] = [],
            ["Pretraining"] = ["Collectives", "Shared"],
            ["Worker"] = ["Collectives", "Pretraining", "Shared"],
            ["Coordinator"] = ["Shared"],
            ["Client"] = ["Shared"],
            ["Cli"] = ["Client", "Shared"],
        };

    /// <param name="projects">The project files under src.</param>
    public static Checked Check(IReadOnlyList<TextFile> projects)
    {
        var unknown = projects.Where(p => !Table.ContainsKey(p.Room)).Select(p => $"{p.Path}: no such room in the table");
        var missing = Table.Keys.Except(projects.Select(p => p.Room), StringComparer.Ordinal).Select(room => $"src/{room}: has no project");
        var wrong = Checked.Each(projects.Where(p => Table.ContainsKey(p.Room)), Violation);
        return wrong with { Violations = [.. wrong.Violations, .. unknown, .. missing] };
    }

    private static string? Violation(TextFile project)
    {
        string[] actual = [.. References(project).Order(StringComparer.Ordinal)];
        var expected = Table[project.Room];
        return actual.SequenceEqual(expected, StringComparer.Ordinal)
            ? null
            : $"{project.Path}: references [{string.Join(", ", actual)}] instead of [{string.Join(", ", expected)}]";
    }

    /// <summary>Referenced assemblies; a project that is only built beside another is none.</summary>
    private static IEnumerable<string> References(TextFile project) =>
        XDocument
            .Parse(project.Text)
            .Descendants("ProjectReference")
            .Where(r => !string.Equals((string?)r.Attribute("ReferenceOutputAssembly"), "false", StringComparison.OrdinalIgnoreCase))
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));
}
