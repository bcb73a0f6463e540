using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

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

    private static EvaluationErrandView View(ErrandPhase phase, string reason, EvaluationResult? result = null) =>
        new("r-1", "20-0123", 20, phase, reason, result);

    private static EvaluationResult Result(double value) =>
        new()
        {
            Spec = new EvaluationSpec { Protocols = [EvaluationProtocol.LowShot] },
            Step = 20,
            Digest = "d",
            Training = 100,
            Test = 10,
            Classes = 3,
            Figures =
            [
                new EvaluationFigure(EvaluationProtocol.LowShot, "1 a class", "accuracy", JudgedFeatures.Pixels, 0.3, []),
                new EvaluationFigure(EvaluationProtocol.LowShot, "1 a class", "accuracy", JudgedFeatures.Random, 0.4, []),
                new EvaluationFigure(
                    EvaluationProtocol.LowShot,
                    "1 a class",
                    "accuracy",
                    JudgedFeatures.Pretrained,
                    value,
                    [value - 0.1, value, value + 0.1]
                ),
            ],
            Worker = "w",
            Seconds = 1.5,
        };
}
