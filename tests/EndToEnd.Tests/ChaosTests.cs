using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Seeded schedules of faults against live runs, by the engine of <c>demo --chaos</c>.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class ChaosTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Every_schedule_of_faults_ends_with_the_bits_of_the_undisturbed_run()
    {
        Required.Patience();
        await using var demo = CliProcess.StartDemo(
            "steady",
            runs.Folder(),
            "--workers",
            "3",
            "--chaos",
            "1..2",
            "--kills",
            "2",
            "--pauses",
            "1",
            "--coordinator-kills",
            "1"
        );
        var report = await demo.ReportAsync();
        Assert.Equal([1UL, 2], report.Chaos!.Select(chaos => chaos.Seed));
        var expected = await runs.OfAsync("steady");
        Assert.All(
            report.Chaos!,
            chaos =>
            {
                Assert.True(chaos.Same, $"seed {chaos.Seed}: {string.Join("; ", chaos.Strikes)}");
                Assert.Equal(expected.WeightsSha256, chaos.WeightsSha256);
                Assert.NotEmpty(chaos.Strikes);
                Assert.Equal(0, chaos.CheckpointsRead);
                Assert.InRange(chaos.StepsLost, 0, chaos.Recoveries);
            }
        );
    }
}
