using Xunit;

namespace Orchestrator.EndToEnd.Tests;

[Collection(UndisturbedRuns.Collection)]
public sealed class SameBitsTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_number_of_workers_gives_the_same_bits(int workers)
    {
        var report = await runs.TrainAsync("short", "--workers", $"{workers}");
        Assert.Equal(workers, report.Workers);
        Assert.Equal(workers, report.Pids.Before.Count);
        Assert.Equal((40L, 0, 0L, 0), (report.Steps, report.Recoveries, report.StepsLost, report.CheckpointsRead));
        Assert.Null(report.RecoverySeconds);
        Assert.Null(report.Probes);
        Assert.Equal(report.Pids.Before, report.Pids.After);
        await runs.AssertSameBitsAsync("short", report);
        if (workers > 1)
        {
            Assert.All(report.BytesByWorker.Values, kinds => Assert.True(kinds["gradient"] > 0));
        }
    }

    [Fact]
    public async Task Another_seed_gives_other_bits()
    {
        var report = await runs.TrainAsync("short", "--seed", "8", "--steps", "3", "--workers", "1");
        var again = await runs.TrainAsync("short", "--seed", "9", "--steps", "3", "--workers", "1");
        Assert.Equal(3, report.Steps);
        Assert.NotEqual(report.LossesSha256, again.LossesSha256);
        Assert.NotEqual(report.WeightsSha256, again.WeightsSha256);
    }

    [Theory]
    [InlineData(2, 17)]
    [InlineData(3, 0)]
    [InlineData(2, 39)]
    public async Task Killed_worker_costs_at_most_the_step_in_flight(int workers, int step)
    {
        var report = await runs.TrainAsync("short", "--workers", $"{workers}", "--kill-at", $"{step}");
        await runs.AssertSameBitsAsync("short", report);
        Assert.Equal((1, 0), (report.Recoveries, report.CheckpointsRead));
        Assert.InRange(report.StepsLost, 0, 1);
        Assert.True(report.RecoverySeconds > 0, $"recoverySeconds: {report.RecoverySeconds}");
        var survivors = report.Pids.Before.Where(p => p.Key != $"worker-{workers}");
        Assert.Equal(survivors, report.Pids.After.OrderBy(p => p.Key, StringComparer.Ordinal));
    }
}
