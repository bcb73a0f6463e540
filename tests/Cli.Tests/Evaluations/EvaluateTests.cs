using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;
using static Orchestrator.Cli.Tests.Evaluations.JudgedRuns;

namespace Orchestrator.Cli.Tests.Evaluations;

public sealed class EvaluateTests
{
    private const string Asked = "POST /api/v1/runs/r-1/evaluations";
    private const string Followed = "GET /api/v1/runs/r-1/evaluations/20-0123";

    [Fact]
    public async Task Figures_of_pixels_random_init_and_the_pretrained_network_stand_side_by_side()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On(Asked, View(ErrandPhase.Running, "w computes it"), 202)
            .On(Followed, View(ErrandPhase.Done, "knn of step 20", Result(0.7)));
        var typed = await Typed.RunAsync("evaluate", "r-1", "--protocol", "knn", "--protocol", "low-shot", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("w computes it", typed.Error, StringComparison.Ordinal);
        Assert.Contains("100 samples to learn from, 10 to test on, 3 classes", typed.Out, StringComparison.Ordinal);
        Assert.Matches(@"low-shot\s+1 a class\s+accuracy\s+30\.0 %\s+40\.0 %\s+70\.0 % ± 10\.0", typed.Out);
        Assert.Equal("{\"protocols\":[\"knn\",\"low-shot\"]}", fake.Bodies(Asked).Single());
    }

    [Fact]
    public async Task Metrics_of_one_setting_have_a_line_each_with_their_intervals_and_exams_are_counted()
    {
        var result = Result(0.7) with
        {
            Exams = new ExamCounts(30, 10),
            Figures =
            [
                Exam("accuracy", JudgedFeatures.Pixels, 0.5),
                Exam("accuracy", JudgedFeatures.Pretrained, 0.9),
                Exam("AUC", JudgedFeatures.Pretrained, 0.95),
            ],
        };
        await using var fake = (await FakeCoordinator.StartAsync())
            .On(Asked, View(ErrandPhase.Done, "exams of step 20", result), 202)
            .On("GET /api/v1/runs/r-1", Views.Run())
            .On("GET /api/v1/runs/r-2", Views.Run() with { Id = "r-2" })
            .On("GET /api/v1/runs/r-1/evaluations", new EvaluationListView([View(ErrandPhase.Done, "", result)]))
            .On(
                "GET /api/v1/runs/r-2/evaluations",
                new EvaluationListView([
                    View(ErrandPhase.Done, "", result with { Spec = result.Spec with { Planes = [SlicePlane.Axial, SlicePlane.Coronal] } }),
                ])
            );
        var typed = await Typed.RunAsync("evaluate", "r-1", "--protocol", "exams", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("3 classes; 30 exams to learn from, 10 to test on", typed.Out, StringComparison.Ordinal);
        Assert.Matches(@"exams\s+fused mean\s+accuracy\s+50\.0 % \[40\.0, 60\.0\]\s+–\s+90\.0 % \[80\.0, 100\.0\]", typed.Out);
        Assert.Matches(@"exams\s+fused mean\s+AUC\s+–\s+–\s+95\.0 % \[85\.0, 105\.0\]", typed.Out);

        // Fused over other planes it is another figure.
        var compared = await Typed.RunAsync("compare", "r-1", "r-2", "--server", fake.Url);
        Assert.Matches(@"exams\s+fused mean\s+AUC\s+student, auto, aligned\s+95\.0 % \[85\.0, 105\.0\]\s+–", compared.Out);
        Assert.Matches(@"exams\s+fused mean\s+AUC\s+student, auto, aligned, axial \+ coronal\s+–\s+95\.0 % \[", compared.Out);

        static EvaluationFigure Exam(string metric, JudgedFeatures network, double value) =>
            new(EvaluationProtocol.Exams, "fused mean", metric, network, value, [], value - 0.1, value + 0.1);
    }

    [Fact]
    public async Task A_file_is_sent_as_it_is_and_json_is_the_answer()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "evaluation.yaml");
        await File.WriteAllTextAsync(path, "protocols: [knn]\nneighbors: [5]\n");
        await using var fake = (await FakeCoordinator.StartAsync()).On(Asked, View(ErrandPhase.Done, "done", Result(0.7)), 202);
        var typed = await Typed.RunAsync("evaluate", "r-1", "--file", path, "--json", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal("protocols: [knn]\nneighbors: [5]\n", fake.Bodies(Asked).Single());
        Assert.Equal(0.7, JsonSerializer.Deserialize<EvaluationErrandView>(typed.Out, RunSpecJson.Options)!.Result!.Figures[^1].Value);
    }

    [Fact]
    public async Task A_failure_ends_with_1_and_the_workers_reason()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            Asked,
            View(ErrandPhase.Failed, "w could not compute it: class 3 has 1 sample"),
            202
        );
        var typed = await Typed.RunAsync("evaluate", "r-1", "--protocol", "knn", "--server", fake.Url);
        Assert.Equal(ExitCode.Failed, typed.Code);
        Assert.Contains("class 3 has 1 sample", typed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate r-1")]
    [InlineData("evaluate r-1 --protocol knn --file x.yaml")]
    [InlineData("evaluate r-1 --protocol nearest")]
    [InlineData("evaluate r-1 --file /no/such/file.yaml")]
    public async Task Wrong_words_end_with_2_before_anything_is_sent(string words)
    {
        var typed = await Typed.RunAsync([.. words.Split(' '), "--server", "http://127.0.0.1:1"]);
        Assert.Equal(ExitCode.BadInput, typed.Code);
    }
}
