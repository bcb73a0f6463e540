using System.Reflection;
using Orchestrator.Architecture.Tests.Rules;
using Orchestrator.Shared.Telemetry;
using Xunit;

namespace Orchestrator.Architecture.Tests;

/// <summary>What the pages say is there, is there.</summary>
public sealed class DocumentationTests
{
    private static readonly IReadOnlyList<TextFile> Pages =
    [
        Repository.File("README.md"),
        Repository.File("ARCHITECTURE.md"),
        Repository.File("CONTRIBUTING.md"),
        .. Repository.Files("docs", ".md"),
        .. Repository.Files("k8s", ".md"),
    ];

    private static readonly string[] MetricConstants =
    [
        .. typeof(MetricNames)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.IsLiteral)
            .Select(f => (string)f.GetRawConstantValue()!),
    ];

    [Fact]
    public void Paths_in_pages_exist() => DocumentedPathRule.Check(Pages, Repository.Exists).AssertHolds();

    [Theory]
    [InlineData("see `src/Nowhere`")]
    [InlineData("[there](docs/nothing.md)")]
    [InlineData("[there](docs/nothing.md#part)")]
    public void A_path_that_is_not_there_is_found(string text) =>
        Assert.NotEmpty(DocumentedPathRule.Check([new TextFile("README.md", text)], Repository.Exists).Problems);

    [Fact]
    public void What_is_no_path_is_left_alone() =>
        Assert.Equal(
            0,
            DocumentedPathRule
                .Check(
                    [new TextFile("README.md", "`demo --steps 4`, `src/{Room}`, [web](https://example.org/a), [part](#part)")],
                    _ => false
                )
                .Subjects
        );

    [Fact]
    public void Specs_in_pages_are_valid() => DocumentedSpecRule.Check(Pages).AssertHolds();

    [Fact]
    public void A_bad_spec_is_found() =>
        Assert.NotEmpty(DocumentedSpecRule.Check([new TextFile("README.md", "```yaml\nmethod: gmml\nimages: photos\n```\n")]).Problems);

    [Fact]
    public void Metric_names_agree_in_code_docs_and_dashboards() =>
        MetricNamesRule
            .Agree(MetricConstants, [Repository.File("docs/metrics.md")], Repository.Files("k8s/dashboards", ".json"))
            .AssertHolds();

    [Fact]
    public void Metric_names_are_spelled_in_one_file() =>
        MetricNamesRule.SpelledOnce([.. Repository.Files("src", ".cs").Where(f => f.Name != "MetricNames.cs")]).AssertHolds();

    [Theory]
    [InlineData("`orchestrator_a_total`", "orchestrator_a_total orchestrator_b_seconds_sum", "orchestrator_b_seconds: not documented")]
    [InlineData(
        "`orchestrator_a_total` `orchestrator_b_seconds` `orchestrator_c`",
        "orchestrator_a_total orchestrator_b_seconds",
        "orchestrator_c: documented"
    )]
    [InlineData(
        "`orchestrator_a_total` `orchestrator_b_seconds`",
        "rate(orchestrator_a_total[1m])",
        "orchestrator_b_seconds: on no dashboard"
    )]
    [InlineData(
        "`orchestrator_a_total` `orchestrator_b_seconds`",
        "orchestrator_a_total_sum orchestrator_b_seconds_bucket orchestrator_d",
        "orchestrator_d: on a dashboard"
    )]
    public void A_metric_name_that_is_missing_somewhere_is_found(string page, string dashboard, string problem)
    {
        var problems = MetricNamesRule
            .Agree(
                ["orchestrator_a_total", "orchestrator_b_seconds"],
                [new TextFile("docs/metrics.md", page)],
                [new TextFile("k8s/a.json", dashboard)]
            )
            .Problems;
        Assert.Contains(problems, p => p.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_metric_name_that_code_spells_itself_is_found() =>
        Assert.NotEmpty(
            MetricNamesRule
                .SpelledOnce([new TextFile("src/Worker/A.cs", "Metrics.CreateCounter(\"orchestrator_samples_total\", \"\");")])
                .Problems
        );
}
