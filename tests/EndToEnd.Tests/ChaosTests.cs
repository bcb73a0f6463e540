using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Seeded schedules of faults against live runs, by the engine of <c>demo --chaos</c>.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class ChaosTests(UndisturbedRuns runs)
{
    private const string Spec = "chaos";

    [Theory]
    [InlineData(1, 4)]
    [InlineData(5, 12, Traits = ["Faults", "all"])]
    public async Task Every_schedule_of_faults_ends_with_the_bits_of_the_undisturbed_run(int first, int last)
    {
        Required.Patience();
        await using var demo = CliProcess.StartDemo(
            Spec,
            runs.Folder(),
            "--workers",
            "3",
            "--chaos",
            $"{first}..{last}",
            "--kills",
            "3",
            "--pauses",
            "1",
            "--coordinator-kills",
            "1"
        );
        var report = await demo.ReportAsync(TimeSpan.FromMinutes(8));
        Assert.Equal(Enumerable.Range(first, last - first + 1).Select(seed => (ulong)seed), report.Chaos!.Select(chaos => chaos.Seed));
        var expected = await runs.OfAsync(Spec);
        Assert.All(
            report.Chaos!,
            chaos =>
            {
                Assert.True(chaos.Same, $"seed {chaos.Seed}: {string.Join("; ", chaos.Strikes)}");
                Assert.Equal(expected.WeightsSha256, chaos.WeightsSha256);
                Assert.NotEmpty(chaos.Strikes);
                // Only where nobody was left who held the run's state is more than the step in flight made again.
                if (chaos.CheckpointsRead == 0)
                {
                    Assert.InRange(chaos.StepsLost, 0, chaos.Recoveries);
                }
            }
        );
    }
}
