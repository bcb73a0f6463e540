using System.Diagnostics;
using System.Reflection;
using Orchestrator.Architecture.Tests.Rules;
using Orchestrator.Shared.Telemetry;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Architecture.Tests;

/// <summary>What Prometheus is to record and to alert on.</summary>
public sealed class AlertTests
{
    private const string Sound = """
        groups:
          - name: a
            rules:
              - { alert: DiskFull, labels: { severity: page }, annotations: { summary: s, description: d, runbook_url: docs/runbooks/disk-full.md } }
        """;

    private const string SoundTests = """
        tests:
          - alert_rule_test:
              - { alertname: DiskFull, exp_alerts: [] }
              - { alertname: DiskFull, exp_alerts: [ { exp_labels: { severity: page } } ] }
        """;

    private static readonly TextFile RuleFile = Repository.File("k8s/rules/orchestrator.rules.yaml");
    private static readonly TextFile CaseFile = Repository.File("k8s/rules/orchestrator.tests.yaml");
    private static readonly IReadOnlyList<TextFile> Runbooks = Repository.Files("docs/runbooks", ".md");

    private static readonly TextFile[] SoundRunbooks =
    [
        new("docs/runbooks/README.md", "| DiskFull | page | [disk-full](disk-full.md) |\n"),
        new("docs/runbooks/disk-full.md", "# DiskFull\n"),
    ];

    private static readonly string[] MetricConstants =
    [
        .. typeof(MetricNames)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.IsLiteral)
            .Select(f => (string)f.GetRawConstantValue()!),
    ];

    [Fact]
    public void Alerts_have_runbooks_and_cases() => AlertRule.Check(RuleFile, CaseFile, Runbooks).AssertHolds();

    [Fact]
    public void A_sound_alert_is_let_be() =>
        AlertRule.Check(new TextFile("rules", Sound), new TextFile("tests", SoundTests), SoundRunbooks).AssertHolds();

    [Theory]
    [InlineData("severity: page }, annotations", "severity: urgent }, annotations", "DiskFull: severity is 'urgent'")]
    [InlineData("summary: s, ", "", "DiskFull: no summary")]
    [InlineData("alert: DiskFull", "alert: DiskGone", "DiskGone: docs/runbooks/disk-gone.md is not there")]
    [InlineData("alert: DiskFull", "alert: DiskGone", "docs/runbooks/disk-full.md: no such alert")]
    [InlineData("runbooks/disk-full", "runbooks/disk", "DiskFull: runbook_url is 'docs/runbooks/disk.md'")]
    [InlineData("severity: page }, annotations", "severity: ticket }, annotations", "DiskFull: docs/runbooks/README.md has no row")]
    [InlineData("DiskFull, exp_alerts: []", "Other, exp_alerts: []", "DiskFull: no case in which it does not fire")]
    [InlineData("DiskFull, exp_alerts: [ ", "Other, exp_alerts: [ ", "DiskFull: no case in which it fires")]
    public void A_wrong_alert_is_found(string right, string wrong, string problem)
    {
        var rules = Sound.Replace(right, wrong, StringComparison.Ordinal);
        var tests = SoundTests.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Sound + SoundTests, rules + tests);
        var problems = AlertRule.Check(new TextFile("rules", rules), new TextFile("tests", tests), SoundRunbooks).Problems;
        Assert.Contains(problems, p => p.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Series_in_rules_and_runbooks_are_there() =>
        MetricNamesRule.Known(MetricConstants, [RuleFile], [CaseFile, .. Runbooks]).AssertHolds();

    [Theory]
    [InlineData("orchestrator_b_total", "k8s/a.yaml: orchestrator_b_total")]
    [InlineData("sum(orchestrator:run:other)", "k8s/a.yaml: orchestrator:run:other")]
    [InlineData("rate(orchestrator_a_seconds_bucket[5m]) orchestrator:run:sum", null)]
    public void A_series_that_nobody_makes_is_found(string expression, string? problem)
    {
        var rules = new TextFile("k8s/a.yaml", $"- record: orchestrator:run:sum\n  expr: {expression}\n");
        var problems = MetricNamesRule.Known(["orchestrator_a_seconds"], [rules], []).Problems;
        Assert.Equal(problem is not null, problems.Count == 1 && problems[0].StartsWith(problem ?? "?", StringComparison.Ordinal));
        Assert.Equal(problem is null, problems.Count == 0);
    }

    [Fact]
    public async Task Rules_pass_promtool()
    {
        var (code, said) = await Promtool.RunAsync("", "check", "rules", "--lint=all", "--lint-fatal", Path(RuleFile));
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Alerts_fire_where_they_should_and_only_there()
    {
        var (code, said) = await Promtool.RunAsync("", "test", "rules", Path(CaseFile));
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task The_operators_object_has_the_same_rules()
    {
        using var script = Process.Start(
            new ProcessStartInfo("sh", [System.IO.Path.Combine(Repository.Root, "k8s/rules/prometheus-rule.sh")])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            }
        )!;
        var made = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, script.ExitCode);
        Assert.True(
            made == Repository.File("k8s/rules/prometheus-rule.yaml").Text,
            "make it again: sh k8s/rules/prometheus-rule.sh >k8s/rules/prometheus-rule.yaml"
        );
    }

    private static string Path(TextFile file) => System.IO.Path.Combine(Repository.Root, file.Path);
}
