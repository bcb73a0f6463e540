using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>Each alert says how urgent it is and where its runbook is, the runbook is there and in the index, and the tests have a case that fires and one that does not.</summary>
public static partial class AlertRule
{
    private const string Folder = "docs/runbooks/";
    private const string Index = "README.md";
    private static readonly string[] Severities = ["page", "ticket"];

    /// <param name="rules">Prometheus rules.</param>
    /// <param name="tests">Of <c>promtool test rules</c>.</param>
    /// <param name="runbooks">With their index.</param>
    public static Checked Check(TextFile rules, TextFile tests, IReadOnlyList<TextFile> runbooks)
    {
        var alerts = Items(Root(rules), "groups")
            .SelectMany(group => Items(group, "rules"))
            .Where(rule => Text(rule, "alert") != "")
            .ToList();
        var cases = Items(Root(tests), "tests").SelectMany(test => Items(test, "alert_rule_test")).ToList();
        var pages = alerts.Select(alert => Page(Text(alert, "alert"))).ToHashSet(StringComparer.Ordinal);
        return new Checked(
            alerts.Count,
            [
                .. alerts.SelectMany(alert => Problems(alert, cases, runbooks)),
                .. runbooks.Where(r => r.Name != Index && !pages.Contains(r.Path)).Select(r => $"{r.Path}: no such alert"),
            ]
        );
    }

    private static IEnumerable<string> Problems(
        YamlMappingNode alert,
        IReadOnlyList<YamlMappingNode> cases,
        IReadOnlyList<TextFile> runbooks
    )
    {
        var name = Text(alert, "alert");
        var severity = Text(Inner(alert, "labels"), "severity");
        if (!Severities.Contains(severity))
        {
            yield return $"{name}: severity is '{severity}', and must be page or ticket";
        }

        var annotations = Inner(alert, "annotations");
        foreach (var key in new[] { "summary", "description" }.Where(key => Text(annotations, key) == ""))
        {
            yield return $"{name}: no {key}";
        }

        foreach (var problem in RunbookProblems(name, severity, Text(annotations, "runbook_url"), runbooks))
        {
            yield return problem;
        }

        var own = cases.Where(c => Text(c, "alertname") == name).ToLookup(c => Items(c, "exp_alerts").Any());
        if (!own.Contains(true))
        {
            yield return $"{name}: no case in which it fires";
        }

        if (!own.Contains(false))
        {
            yield return $"{name}: no case in which it does not fire";
        }
    }

    private static IEnumerable<string> RunbookProblems(string name, string severity, string url, IReadOnlyList<TextFile> runbooks)
    {
        var path = Page(name);
        if (url != path)
        {
            yield return $"{name}: runbook_url is '{url}', and must be {path}";
        }

        if (runbooks.FirstOrDefault(r => r.Path == path) is not { } runbook)
        {
            yield return $"{name}: {path} is not there";
        }
        else if (!runbook.Text.StartsWith($"# {name}\n", StringComparison.Ordinal))
        {
            yield return $"{path}: does not begin with # {name}";
        }

        var row = $"| {name} | {severity} | [{Kebab(name)}]({Kebab(name)}.md) |";
        if (!runbooks.Any(r => r.Name == Index && r.Text.Contains(row, StringComparison.Ordinal)))
        {
            yield return $"{name}: {Folder}{Index} has no row {row}";
        }
    }

    private static string Page(string alert) => $"{Folder}{Kebab(alert)}.md";

    private static string Kebab(string alert) => Words().Replace(alert, "-").ToLowerInvariant();

    private static YamlNode Root(TextFile file)
    {
        var stream = new YamlStream();
        using var text = new StringReader(file.Text);
        stream.Load(text);
        return stream.Documents[0].RootNode;
    }

    private static IEnumerable<YamlMappingNode> Items(YamlNode? node, string key) =>
        (Inner(node, key) as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [];

    private static string Text(YamlNode? node, string key) => (Inner(node, key) as YamlScalarNode)?.Value ?? "";

    private static YamlNode? Inner(YamlNode? node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var inner) ? inner : null;

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Words();
}
