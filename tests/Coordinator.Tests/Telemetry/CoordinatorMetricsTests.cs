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

    private static EvaluationFigure Figure(string metric, double value) =>
        new(EvaluationProtocol.Exams, "axial mean", metric, JudgedFeatures.Pretrained, value, [], value - 0.1, value + 0.1);

    private static async Task<string> TextAsync(CoordinatorMetrics metrics)
    {
        using var text = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
