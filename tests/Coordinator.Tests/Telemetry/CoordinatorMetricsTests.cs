using System.Text;
using Orchestrator.Coordinator.Telemetry;
using Orchestrator.Shared.Evaluations;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Telemetry;

public sealed class CoordinatorMetricsTests
{
    [Fact]
    public async Task Every_metric_of_a_setting_is_a_series_until_the_run_ends()
    {
        var metrics = new CoordinatorMetrics();
        metrics.Evaluated(
            "r-1",
            new EvaluationResult
            {
                Spec = new EvaluationSpec { Protocols = [EvaluationProtocol.Exams] },
                Step = 20,
                Digest = "d",
                Training = 240,
                Test = 80,
                Classes = 2,
                Figures = [Figure("accuracy", 0.5), Figure("AUC", 0.75), Figure("AUC", 0.25) with { Network = JudgedFeatures.Random }],
                Worker = "w",
                Seconds = 1,
            }
        );
        const string Series = "orchestrator_evaluation{run=\"r-1\",protocol=\"exams\",setting=\"axial mean\",metric=";
        var text = await TextAsync(metrics);
        Assert.Contains(Series + "\"accuracy\"} 0.5\n", text, StringComparison.Ordinal);
        Assert.Contains(Series + "\"AUC\"} 0.75\n", text, StringComparison.Ordinal);
        metrics.Retire("r-1");
        Assert.DoesNotContain("r-1", await TextAsync(metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_kept_of_a_run_is_shown_until_it_ends()
    {
        var metrics = new CoordinatorMetrics();
        metrics.ShowKept("r-1", stored: 43, saved: 40, interval: 20);
        var text = await TextAsync(metrics);
        Assert.Contains("orchestrator_stored_step{run=\"r-1\"} 43\n", text, StringComparison.Ordinal);
        Assert.Contains("orchestrator_checkpoint_step{run=\"r-1\"} 40\n", text, StringComparison.Ordinal);
        Assert.Contains("orchestrator_checkpoint_interval_steps{run=\"r-1\"} 20\n", text, StringComparison.Ordinal);
        metrics.Retire("r-1");
        Assert.DoesNotContain("r-1", await TextAsync(metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_leads_is_asked_at_each_reading()
    {
        var metrics = new CoordinatorMetrics();
        var leads = true;
        metrics.ShowLeadership(() => leads);
        Assert.Contains("orchestrator_leader 1\n", await TextAsync(metrics), StringComparison.Ordinal);
        leads = false;
        Assert.Contains("orchestrator_leader 0\n", await TextAsync(metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Room_of_a_folder_is_shown_as_long_as_it_can_be_told()
    {
        using var folder = new TemporaryFolder();
        var space = DiskSpace.Of(folder.Path);
        Assert.NotNull(space);
        Assert.InRange(space.Free, 1, space.Size);
        var metrics = new CoordinatorMetrics();
        metrics.ShowDisk("storage", space with { Free = 5, Size = 8 });
        var text = await TextAsync(metrics);
        Assert.Contains("orchestrator_disk_free_bytes{folder=\"storage\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("orchestrator_disk_size_bytes{folder=\"storage\"} 8\n", text, StringComparison.Ordinal);
        var gone = DiskSpace.Of(folder.In("not-there"));
        Assert.Null(gone);
        metrics.ShowDisk("storage", gone);
        Assert.DoesNotContain("storage", await TextAsync(metrics), StringComparison.Ordinal);
    }

    private static EvaluationFigure Figure(string metric, double value) =>
        new(EvaluationProtocol.Exams, "axial mean", metric, JudgedFeatures.Pretrained, value, [], value - 0.1, value + 0.1);

    private static async Task<string> TextAsync(CoordinatorMetrics metrics)
    {
        using var text = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
