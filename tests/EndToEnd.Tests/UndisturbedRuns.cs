using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What a spec gives on two workers that nobody disturbs: trained once, compared with by every test.</summary>
public sealed class UndisturbedRuns : IDisposable
{
    public const string Collection = "processes";

    private readonly Dictionary<string, DemoReport> reports = new(StringComparer.Ordinal);
    private readonly List<string> folders = [];

    /// <summary>A new empty folder that goes after the last test.</summary>
    public string Folder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are watched through /proc");
        folders.Add(Directory.CreateTempSubdirectory("orchestrator-end-to-end-").FullName);
        return folders[^1];
    }

    /// <summary>A demo from its start to its end, and no process of it left.</summary>
    public async Task<DemoReport> TrainAsync(string spec, params IEnumerable<string> args)
    {
        var state = Folder();
        await using var demo = CliProcess.StartDemo(spec, state, args);
        var report = await demo.ReportAsync();
        await Processes.AssertNoneAsync(state, TimeSpan.Zero);
        Assert.True(File.Exists(report.Encoder), $"no encoder at {report.Encoder ?? "null"}");
        return report;
    }

    public async Task<DemoReport> OfAsync(string spec)
    {
        if (!reports.TryGetValue(spec, out var report))
        {
            report = reports[spec] = await TrainAsync(spec, "--workers", "2");
        }

        return report;
    }

    /// <summary>The promise: losses and weights are a function of the spec alone.</summary>
    public async Task AssertSameBitsAsync(string spec, DemoReport report)
    {
        var expected = await OfAsync(spec);
        Assert.Equal("completed", report.State);
        Assert.Equal(expected.Steps, report.Steps);
        Assert.Matches("^[0-9a-f]{64}$", report.LossesSha256);
        Assert.Equal(
            (expected.LossesSha256, expected.WeightsSha256, expected.StateSha256, expected.FirstLoss, expected.LastLoss),
            (report.LossesSha256, report.WeightsSha256, report.StateSha256, report.FirstLoss, report.LastLoss)
        );
    }

    /// <summary>Waits for the end of a disturbed run, which has to be that of the undisturbed one.</summary>
    public async Task AssertEndsAsync(OrchestratorClient client, string run, DemoReport expected)
    {
        await Until.HoldsAsync("the run's end", async () => (await client.GetRunAsync(run, default)).Phase.IsEnded());
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.True(detail.Run.Phase == RunPhase.Completed, $"{detail.Run.Phase}: {detail.Run.Reason}");
        Assert.Equal(
            (expected.LossesSha256, expected.WeightsSha256, expected.StateSha256),
            (detail.LossesSha256, detail.WeightsSha256, detail.StateSha256)
        );
    }

    public void Dispose()
    {
        foreach (var folder in folders)
        {
            foreach (var id in Processes.Of(folder))
            {
                Processes.Kill(id);
            }

            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Two cores are shared by at most four workers: one test at a time.</summary>
[CollectionDefinition(UndisturbedRuns.Collection, DisableParallelization = true)]
public sealed class ProcessCollection : ICollectionFixture<UndisturbedRuns>;
