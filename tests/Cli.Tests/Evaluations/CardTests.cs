using System.Text.Json;
using Orchestrator.Cli.Evaluations;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;
using static Orchestrator.Cli.Tests.Evaluations.JudgedRuns;

namespace Orchestrator.Cli.Tests.Evaluations;

public sealed class CardTests
{
    /// <summary>Of the run's last checkpoint, as <see cref="Views.Detail"/> has it.</summary>
    private const string Last = "57a7";

    private const string Left = "# small\n\n## Probes\n\n| probe |\n\n## Spec\n\n```json\n{}\n```\n";

    [Fact]
    public async Task Every_evaluation_stands_in_the_card_before_the_spec_and_says_of_which_checkpoint_it_is()
    {
        await using var fake = await CardAsync(
            Evaluated(40, Last, 0.7),
            Evaluated(20, "0123", 0.6),
            Evaluated(40, Last, 0.8, "other/photos")
        );
        var typed = await Typed.RunAsync("card", "r-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.StartsWith("# small\n\n## Probes\n\n| probe |\n\n## Evaluations\n", typed.Out, StringComparison.Ordinal);
        Assert.EndsWith("\n\n## Spec\n\n```json\n{}\n```\n", typed.Out, StringComparison.Ordinal);
        Assert.Contains(
            """
            ### low-shot (student, features auto, aligned views)

            100 samples to learn from, 10 to test on, 3 classes; data: the run's.

            | figure | pixels | random network | pretrained |
            | --- | ---: | ---: | ---: |
            | low-shot, 1 a class: accuracy | 0.300 | 0.400 | 0.700 ± 0.100 |
            """,
            typed.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("3 classes; data: other/photos.", typed.Out, StringComparison.Ordinal);
        Assert.Contains("0.800 ± 0.100 |", typed.Out, StringComparison.Ordinal);
        Assert.Contains(
            """
            ### Of other checkpoints than these encoders'

            | figure | step | pretrained |
            | --- | ---: | ---: |
            | low-shot, 1 a class: accuracy (student, features auto, aligned views) | 20 | 0.600 ± 0.100 |
            """,
            typed.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_an_evaluation_the_card_is_what_the_run_has_left()
    {
        await using var fake = await CardAsync();
        Assert.Equal(Left, (await Typed.RunAsync("card", "r-1", "--server", fake.Url)).Out);
    }

    [Fact]
    public async Task A_card_is_written_to_a_file_and_as_json()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "README.md");
        await using var fake = await CardAsync(Evaluated(40, Last, 0.7));
        var typed = await Typed.RunAsync("card", "r-1", "--out", path, "--server", fake.Url);
        Assert.Equal((ExitCode.Ok, "", $"wrote {path}: 1 evaluation"), (typed.Code, typed.Out, typed.Error.Trim()));
        var json = await Typed.RunAsync("card", "r-1", "--json", "--server", fake.Url);
        var document = JsonSerializer.Deserialize<CardDocument>(json.Out, RunSpecJson.Options)!;
        Assert.Equal(("r-1", 1, await File.ReadAllTextAsync(path)), (document.Run, document.Evaluations, document.Card));
    }

    [Fact]
    public async Task A_run_that_trains_still_has_no_card_and_says_how_it_stands()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1/detail", Views.Detail(Views.Run()))
            .On("GET /api/v1/runs/r-1/artifacts", new ArtifactsView([]));
        var typed = await Typed.RunAsync("card", "r-1", "--server", fake.Url);
        Assert.Equal(ExitCode.BadInput, typed.Code);
        Assert.Contains("r-1 (small) has no model card", typed.Error, StringComparison.Ordinal);
        Assert.Contains("now it is running: 2 ranks train", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_without_a_spec_is_gone_on_with()
    {
        var card = ModelCardPage.With("# small\n", Last, [Evaluated(40, Last, 0.7)]);
        Assert.StartsWith("# small\n\n## Evaluations\n", card, StringComparison.Ordinal);
    }

    private static async Task<FakeCoordinator> CardAsync(params EvaluationErrandView[] evaluations) =>
        (await FakeCoordinator.StartAsync())
            .On("GET /api/v1/runs/r-1/detail", Views.Detail())
            .On(
                "GET /api/v1/runs/r-1/artifacts",
                new ArtifactsView([new ArtifactView("model-card.md", Left.Length, "/storage/model-card.md")])
            )
            .On(
                "GET /api/v1/runs/r-1/artifacts/model-card.md",
                context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, Left)
            )
            .On("GET /api/v1/runs/r-1/evaluations", new EvaluationListView(evaluations));

    private static EvaluationErrandView Evaluated(long step, string digest, double value, string? data = null) =>
        new("r-1", $"{step}-0123", step, ErrandPhase.Done, "done", Result(value, step, digest, data));
}
