using System.Xml.Linq;
using Orchestrator.Cli.Reports;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Cli.Studies.Reports;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class StudyReportTests
{
    private static readonly StudyPlan Plan = StudyPlan.Ablation(Sample.Settings(Sample.Gmml, seeds: 3), ["checkpoint.keep=1,2"]);

    [Fact]
    public void Figures_are_means_over_seeds_beside_the_baselines()
    {
        var report = StudyReporter.Of(Plan, State((cell, seed) => (cell == "keep=1" ? 0.6 : 0.5) + (0.01 * seed)));
        var page = MarkdownPage.Write(StudyPage.Of(report));
        Assert.Contains(
            """
            ### low-shot: accuracy

            | cell | 1 a class | 2 a class |
            | --- | ---: | ---: |
            | keep=1 | **61.0 ± 1.0 (splits 2.0)** | **51.0 ± 1.0 (splits 2.0)** |
            | keep=2 | 51.0 ± 1.0 (splits 2.0) | 41.0 ± 1.0 (splits 2.0) |
            | random init | 20.0 ± 0.0 (splits 2.0) | 10.0 ± 0.0 (splits 2.0) |
            | pixels | 20.0 ± 0.0 (splits 2.0) | 10.0 ± 0.0 (splits 2.0) |
            """.ReplaceLineEndings("\n"),
            page,
            StringComparison.Ordinal
        );
        Assert.Contains("| keep=1 | 1.00 | 1 | 1 | 2 |", page, StringComparison.Ordinal);
        // Six pairs, all 10 points: no spread to test by, and 2 / 2^6 by their signs.
        Assert.Contains("| keep=2 | 6 | +10.0 | none (ties) | 0.031 | 3 | none (ties) | 0.250 |", page, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing can be concluded", page, StringComparison.Ordinal);
        Assert.Contains("| all |  |  | 600.0 | 1200.0 | 42.0 |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_that_failed_lacks_figures_and_stands_with_its_reason()
    {
        var state = State((_, _) => 0.5);
        var failed = state.Runs[0] with { Failures = 3, Reason = "no <worker> | fits", Evaluations = [], Cost = null };
        var report = StudyReporter.Of(Plan, state with { Runs = [failed, .. state.Runs.Skip(1)] });
        var page = MarkdownPage.Write(StudyPage.Of(report));
        Assert.Contains(@"no &lt;worker> \| fits (3 attempts)", page, StringComparison.Ordinal);
        Assert.Contains("| keep=1 (2 of 3 seeds) |", page, StringComparison.Ordinal);
        Assert.Contains("n = 2 seeds, fewer than 3: nothing can be concluded", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_is_one_file_in_which_nothing_foreign_is_markup()
    {
        var report = StudyReporter.Of(Plan, State((_, _) => 0.5)) with { Data = "<script>alert(1)</script> & \"so\"" };
        var evil = report with
        {
            Cells = ["<b>bold</b>"],
            Ranks = [report.Ranks[0] with { Cell = "<i>&" }],
            Runs = [.. report.Runs.Select(r => r with { Cell = "<b>bold</b>" })],
        };
        var page = HtmlPage.Write("<title>", StudyPage.Of(evil));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>bold", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;", page, StringComparison.Ordinal);
        // Both pictures stand within, and are well-formed.
        var pictures = StudyPage.Of(evil).OfType<ReportBlock.Chart>().ToList();
        Assert.Equal(["ranks.svg", "losses.svg"], pictures.Select(p => p.File));
        Assert.All(
            pictures,
            p =>
            {
                Assert.Contains(p.Svg, page, StringComparison.Ordinal);
                Assert.Equal("svg", XDocument.Parse(p.Svg).Root!.Name.LocalName);
            }
        );
        Assert.Equal(6, page.Split("<details>").Length - 1 - report.Evaluations.Count);
    }

    [Fact]
    public void A_study_without_a_figure_says_so()
    {
        var report = StudyReporter.Of(Plan, StudyState.Of(Plan, null, retry: false));
        Assert.Contains("There is none: no run was judged.", MarkdownPage.Write(StudyPage.Of(report)), StringComparison.Ordinal);
    }

    private static StudyState State(Func<string, ulong, double> figure)
    {
        var begun = StudyState.Of(Plan, null, retry: false);
        return begun with
        {
            Runs =
            [
                .. begun.Runs.Select(run =>
                    run with
                    {
                        Run = $"r-{run.Seed}",
                        Phase = RunPhase.Completed,
                        Cost = new StudyCost(100, 200, 7),
                        Losses = new LossCurve([0, 100, 200], [3, 2, 1]),
                        Evaluations = [Evaluated(run, figure(run.Cell, run.Seed))],
                    }
                ),
            ],
        };
    }

    private static StudyEvaluationState Evaluated(StudyRunState run, double value)
    {
        var figures = new List<EvaluationFigure>();
        Add(JudgedFeatures.Pretrained, value);
        if (run.Cell == "keep=1")
        {
            Add(JudgedFeatures.Pixels, 0.2);
            Add(JudgedFeatures.Random, 0.2);
        }

        var result = new EvaluationResult
        {
            Spec = new EvaluationSpec { Protocols = [EvaluationProtocol.LowShot] },
            Step = 300,
            Digest = "57a7",
            Training = 9000,
            Test = 1000,
            Classes = 10,
            Figures = figures,
            Worker = "w",
            Seconds = 7,
        };
        return new StudyEvaluationState("default", run.Cell == "keep=1", "300-f", ErrandPhase.Done, "done", 0, result);

        void Add(JudgedFeatures network, double mean)
        {
            foreach (var (setting, at) in new[] { ("1 a class", mean), ("2 a class", mean - 0.1) })
            {
                figures.Add(new EvaluationFigure(EvaluationProtocol.LowShot, setting, "accuracy", network, at, [at - 0.02, at, at + 0.02]));
            }
        }
    }
}
