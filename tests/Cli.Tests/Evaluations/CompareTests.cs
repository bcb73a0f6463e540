using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Orchestrator.Cli.Evaluations;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;
using static Orchestrator.Cli.Tests.Evaluations.JudgedRuns;

namespace Orchestrator.Cli.Tests.Evaluations;

public sealed class CompareTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public async Task Runs_are_compared_figure_by_figure_and_a_missing_one_is_a_dash()
    {
        var other = Result(0.8);
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1", Views.Run())
            .On("GET /api/v1/runs/r-2", Views.Run() with { Id = "r-2" })
            .On(
                "GET /api/v1/runs/r-1/evaluations",
                new EvaluationListView([View(ErrandPhase.Done, "", Result(0.6)), View(ErrandPhase.Done, "", Result(0.7))])
            )
            .On(
                "GET /api/v1/runs/r-2/evaluations",
                new EvaluationListView([
                    View(ErrandPhase.Done, "", other with { Figures = [other.Figures[^1] with { Setting = "2 a class" }] }),
                ])
            );
        var typed = await Typed.RunAsync("compare", "r-1", "r-2", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        // The newer of two alike.
        Assert.Matches(@"low-shot\s+1 a class\s+accuracy\s+student, auto, aligned\s+70\.0 % ± 10\.0\s+–", typed.Out);
        Assert.Matches(@"low-shot\s+2 a class\s+accuracy\s+student, auto, aligned\s+–\s+80\.0 % ± 10\.0", typed.Out);
        var json = await Typed.RunAsync("compare", "r-1", "r-2", "--json", "--server", fake.Url);
        Assert.Equal(2, JsonSerializer.Deserialize<List<ComparedFigures>>(json.Out, RunSpecJson.Options)!.Count);
    }

    [Fact]
    public async Task A_run_without_evaluations_is_named_with_what_to_do()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1", Views.Run())
            .On("GET /api/v1/runs/r-2", Views.Run() with { Id = "r-2" })
            .On("GET /api/v1/runs/r-1/evaluations", new EvaluationListView([View(ErrandPhase.Done, "", Result(0.6))]))
            .On("GET /api/v1/runs/r-2/evaluations", new EvaluationListView([]));
        var typed = await Typed.RunAsync("compare", "r-1", "r-2", "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("orchestrator evaluate r-2", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare r-1", "two or more runs")]
    [InlineData("compare r-1 r-1", "two or more runs")]
    [InlineData("compare r-1 r-2 --out plot.png", "--out plot.png: its name must end with .svg, .html or .md")]
    public async Task Wrong_words_end_with_2_before_anything_is_sent(string words, string problem)
    {
        var typed = await Typed.RunAsync([.. words.Split(' '), "--server", "http://127.0.0.1:1"]);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains(problem, typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_has_a_lane_a_run_with_its_draws_and_what_it_stands_beside()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "plot.SVG");
        await using var fake = await TwoRunsAsync(
            "<first> & with a name that is longer than any legend of this width could ever be made to hold for its reader",
            "b"
        );
        var typed = await Typed.RunAsync("compare", "r-1", "r-2", "--out", path, "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        // The figures are told as ever, and nothing else on standard output.
        Assert.Matches(@"low-shot\s+1 a class\s+accuracy\s+student, auto, aligned\s+70\.0 % ± 10\.0\s+50\.0 % ± 10\.0", typed.Out);
        Assert.Equal($"wrote {path}", typed.Error.Trim());
        var picture = XDocument.Load(path).Root!;
        var words = picture.Elements(Svg + "text").Select(t => t.Value).ToList();
        Assert.Contains(
            words,
            w => w.StartsWith("<first> & with", StringComparison.Ordinal) && w.EndsWith("… (r-1)", StringComparison.Ordinal)
        );
        Assert.Contains("b (r-2)", words);
        Assert.Contains("low-shot: accuracy (student, auto, aligned)", words);
        Assert.Contains("70.0 ± 10.0", words);
        Assert.Contains("50.0 ± 10.0", words);
        Assert.Contains("pixels", words);
        Assert.Contains("random init", words);
        // Pixels at 30 and a whisker up to 80: ticks from 30 to 80 are a plot's width apart, and each mark is where its value is.
        var axis = FigureAxis.Of([0.3, 0.8]);
        Assert.Equal(["30", "40", "50", "60", "70", "80"], words.Where(w => w.Length == 2 && char.IsDigit(w[0])));
        var from = X(picture.Elements(Svg + "text").Single(t => t.Value == "30"), "x");
        var to = X(picture.Elements(Svg + "text").Single(t => t.Value == "80"), "x");
        var dots = picture.Elements(Svg + "circle").Where(c => c.Attribute("fill")!.Value != "none").Select(c => X(c, "cx")).ToList();
        // Each run's in the legend, then in its lane.
        Assert.Equal(4, dots.Count);
        Assert.Equal(from + (axis.At(0.7) * (to - from)), dots[2], 0.02);
        Assert.Equal(from + (axis.At(0.5) * (to - from)), dots[3], 0.02);
        var random = from + (axis.At(0.4) * (to - from));
        Assert.Equal(
            2,
            picture.Elements(Svg + "circle").Count(c => c.Attribute("fill")!.Value == "none" && Math.Abs(X(c, "cx") - random) < 0.02)
        );
    }

    [Fact]
    public async Task A_page_is_one_file_and_markdown_has_its_picture_beside()
    {
        using var folder = new TemporaryFolder();
        await using var fake = await TwoRunsAsync("<b>a</b>", "b");
        foreach (var name in new[] { "two runs.html", "two runs.md" })
        {
            var typed = await Typed.RunAsync("compare", "r-1", "r-2", "--out", Path.Combine(folder.Path, name), "--server", fake.Url);
            Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        }

        Assert.Equal(["two runs.html", "two runs.md", "two runs.svg"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        var page = await File.ReadAllTextAsync(Path.Combine(folder.Path, "two runs.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>a", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        var markdown = await File.ReadAllTextAsync(Path.Combine(folder.Path, "two runs.md"));
        Assert.Contains("(two%20runs.svg)", markdown, StringComparison.Ordinal);
        Assert.Contains("| b: random init | 40.0 % |", markdown, StringComparison.Ordinal);
        Assert.Contains("| &lt;b>a&lt;/b> | **70.0 % ± 10.0** |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_named_with_the_reason()
    {
        await using var fake = await TwoRunsAsync("a", "b");
        var typed = await Typed.RunAsync("compare", "r-1", "r-2", "--out", "/no/such/folder/plot.svg", "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("--out /no/such/folder/plot.svg cannot be written", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void More_runs_than_colors_are_told_apart_by_their_marks()
    {
        var figure = Result(0.5).Figures[^1];
        var runs = Enumerable.Range(0, 13).Select(n => Views.Run() with { Id = $"r-{n}" }).ToList();
        var all = Enumerable.Repeat<EvaluationFigure?>(figure, runs.Count).ToList();
        var none = Enumerable.Repeat<EvaluationFigure?>(null, runs.Count).ToList();
        var row = new ComparedFigures(figure.Protocol, figure.Setting, figure.Metric, "student", all, none, none);
        var picture = XDocument.Parse(ComparisonChart.Draw(runs, [row])).Root!;
        // In the legend and in the lane.
        Assert.Equal(12, picture.Elements(Svg + "circle").Count());
        var corners = picture.Elements(Svg + "polygon").ToList();
        Assert.Equal(14, corners.Count);
        Assert.Equal(7, corners.Select(c => (c.Attribute("fill")!.Value, IsSquare(c))).Distinct().Count());
        // The legend does not speak of what is not there.
        var words = picture.Elements(Svg + "text").Select(t => t.Value).ToList();
        Assert.DoesNotContain("pixels", words);
        Assert.DoesNotContain("random init", words);
    }

    [Theory]
    [InlineData(new[] { 0.312, 0.874 }, 0.3, 0.9, 7)]
    [InlineData(new[] { 0.0, 1.0 }, 0.0, 1.0, 6)]
    [InlineData(new[] { 0.7 }, 0.67, 0.73, 7)]
    [InlineData(new[] { 1.0 }, 0.97, 1.0, 4)]
    [InlineData(new[] { 0.0 }, 0.0, 0.03, 4)]
    [InlineData(new[] { 0.612, 0.634 }, 0.59, 0.65, 7)]
    public void An_axis_reaches_from_a_tick_below_to_a_tick_above(double[] values, double from, double to, int ticks)
    {
        var axis = FigureAxis.Of(values);
        Assert.Equal((from, to, ticks), (Math.Round(axis.From, 9), Math.Round(axis.To, 9), axis.Ticks.Count));
        Assert.All(values, value => Assert.InRange(axis.At(value), 0, 1));
    }

    private static bool IsSquare(XElement polygon) =>
        polygon.Attribute("points")!.Value.Split(' ').Select(p => p.Split(',')[0]).Distinct().Count() == 2;

    private static double X(XElement shape, string attribute) =>
        double.Parse(shape.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    private static async Task<FakeCoordinator> TwoRunsAsync(string first, string second) =>
        (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1", Views.Run() with { Name = first })
            .On("GET /api/v1/runs/r-2", Views.Run() with { Id = "r-2", Name = second })
            .On("GET /api/v1/runs/r-1/evaluations", new EvaluationListView([View(ErrandPhase.Done, "", Result(0.7))]))
            .On("GET /api/v1/runs/r-2/evaluations", new EvaluationListView([View(ErrandPhase.Done, "", Result(0.5))]));
}
