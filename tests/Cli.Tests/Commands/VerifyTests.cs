using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Commands;

public sealed class VerifyTests
{
    private const string Asked = "POST /api/v1/runs/r-1/verifications";
    private const string Followed = "GET /api/v1/runs/r-1/verifications/7";

    private static readonly VerificationResult Equal = new()
    {
        Equal = true,
        Compared = ["losses", "samples"],
        Differences = [],
        FromStep = 4,
        Checkpoint = "runs/r-1/checkpoints/step-4",
        Worker = "w",
        Seconds = 1.5,
    };

    [Fact]
    public async Task An_equal_step_ends_with_0_and_says_what_was_compared()
    {
        await using var fake = (await FakeCoordinator.StartAsync())
            .On(Asked, new VerificationView("r-1", 7, ErrandPhase.Running, "w computes it"), 202)
            .On(Followed, new VerificationView("r-1", 7, ErrandPhase.Done, "equal", Equal));
        var typed = await Typed.RunAsync("verify", "r-1", "--step", "7", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Contains("w computes it", typed.Error, StringComparison.Ordinal);
        Assert.StartsWith("step 7 of r-1: equal (losses, samples compared)", typed.Lines[0], StringComparison.Ordinal);
        Assert.Contains("no digest of the weights", typed.Lines[1], StringComparison.Ordinal);
        Assert.Contains("runs/r-1/checkpoints/step-4, by w", typed.Lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_that_differs_ends_with_4_and_both_values(bool json)
    {
        var result = Equal with
        {
            Equal = false,
            Compared = ["losses", "samples", "gradient", "weights"],
            Differences = [new StepDifference("weights", "aa", "bb")],
        };
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            Asked,
            new VerificationView("r-1", 7, ErrandPhase.Done, "differs in weights", result),
            202
        );
        string[] words = ["verify", "r-1", "--step", "7", "--server", fake.Url];
        var typed = await Typed.RunAsync(json ? [.. words, "--json"] : words);
        Assert.True(typed.Code == ExitCode.Differs, typed.ToString());
        if (json)
        {
            var view = JsonSerializer.Deserialize<VerificationView>(typed.Out, RunSpecJson.Options)!;
            Assert.Equal(new StepDifference("weights", "aa", "bb"), Assert.Single(view.Result!.Differences));
        }
        else
        {
            Assert.Contains("weights  aa      bb", typed.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_worker_could_not_compute_ends_with_1_and_its_words()
    {
        await using var fake = (await FakeCoordinator.StartAsync()).On(
            Asked,
            new VerificationView("r-1", 7, ErrandPhase.Failed, "w could not compute it: no such file"),
            202
        );
        var typed = await Typed.RunAsync("verify", "r-1", "--step", "7", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Failed, typed.ToString());
        Assert.Contains("no such file", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinator_that_has_taken_over_is_asked_again()
    {
        var asked = 0;
        await using var fake = await FakeCoordinator.StartAsync();
        fake.On(
            Asked,
            async context =>
            {
                // The follower is not answered by this coordinator: 404, as of one that was never asked.
                var view =
                    ++asked == 1
                        ? new VerificationView("r-1", 7, ErrandPhase.Queued, "waits")
                        : new VerificationView("r-1", 7, ErrandPhase.Done, "equal", Equal);
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(view, RunSpecJson.Options));
            }
        );
        var typed = await Typed.RunAsync("verify", "r-1", "--step", "7", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.Ok, typed.ToString());
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Without_a_step_or_a_run_nothing_is_tried()
    {
        await using var fake = await FakeCoordinator.StartAsync();
        var typed = await Typed.RunAsync("verify", "r-1", "--server", fake.Url);
        Assert.True(typed.Code == ExitCode.BadInput, typed.ToString());
        Assert.Contains("--step", typed.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, (await Typed.RunAsync("verify", "r-none", "--step", "1", "--server", fake.Url)).Code);
    }
}
