using Orchestrator.Cli.Chaos;
using Xunit;

namespace Orchestrator.Cli.Tests.Chaos;

public sealed class ChaosReportFolderTests
{
    private static readonly ChaosReport Report = new(
        "r-1",
        7,
        120,
        15.5,
        [new ChaosOutcome(Views.Began, 12, ChaosKind.Kill, "worker-1", null, 0.5, 0.1, 0.2)],
        1,
        1,
        0,
        "3e16",
        "3e16",
        true
    );

    [Fact]
    public void A_report_is_found_again_and_another_seed_has_none()
    {
        using var folder = new TemporaryFolder();
        var reports = new ChaosReportFolder(Path.Combine(folder.Path, "new"));
        Assert.Null(reports.Find(7));
        reports.Keep(Report);
        var found = reports.Find(7)!;
        Assert.Equal(Report.Strikes, found.Strikes);
        Assert.Equal(Report with { Strikes = [] }, found with { Strikes = [] });
        Assert.Null(reports.Find(8));
    }

    [Fact]
    public void A_file_that_is_no_report_is_named()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "seed-0007.json");
        File.WriteAllText(file, "{}");
        var e = Assert.Throws<CliException>(() => new ChaosReportFolder(folder.Path).Find(7));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_reports_come_to_what_they_have_in_common()
    {
        var other = Report with { Seed = 8, Same = false, Strikes = [Report.Strikes[0] with { Step = 120, NextStepSeconds = null }] };
        var lines = ChaosSummary.Of([Report, other]);
        Assert.Equal(
            "2 schedules, 2 faults (2 kills), 1 of them before the last step: 1 schedules with the bits of the undisturbed run",
            lines[0]
        );
        Assert.Equal("2 recoveries, 2 steps lost of 240, 0 checkpoints read", lines[1]);
        Assert.Contains("(1): heard after 0.10 s", lines[2], StringComparison.Ordinal);
        Assert.Equal("seed 8: DIFFERENT bits, run r-1", lines[^1]);
    }
}
