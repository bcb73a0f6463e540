using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Every kind of data that is shipped runs through a cluster to a falling loss, with each method of its sample specs.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class SampleSourcesTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData("gmml-voice", 60)]
    [InlineData("gmml-brain", 60)]
    [InlineData("mim-clustering-voice", 60)]
    [InlineData("mim-clustering-brain", 60)]
    public async Task Sample_of_each_source_trains_to_a_falling_loss(string sample, int steps)
    {
        var report = await runs.TrainAsync(sample, "--steps", $"{steps}", "--workers", "2");
        Assert.Equal(("completed", (long)steps), (report.State, report.Steps));
        Assert.True(report.LastLoss < 0.97 * report.FirstLoss, $"{sample}: {report.FirstLoss} to {report.LastLoss}");
        Assert.NotNull(report.Probes);
    }
}
