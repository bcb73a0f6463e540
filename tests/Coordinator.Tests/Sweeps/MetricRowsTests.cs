using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

public sealed class MetricRowsTests
{
    private static StepRow Row(long step, double loss, string term = "loss") =>
        new()
        {
            Step = step,
            Epoch = 0,
            Losses = [new LossTerm(term, loss)],
            LearningRate = 0.1,
            GradientNorm = 1,
            Samples = 8,
            Seconds = 0.1,
            Phases = new Dictionary<string, double>(StringComparer.Ordinal),
            Generation = 1,
        };

    private static StepRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => Row(i, i))];

    [Fact]
    public void The_last_ten_rows_up_to_the_step_count_and_none_after_it()
    {
        // Steps 90 to 99.
        Assert.Equal(new TrialMetric(94.5), MetricRows.Of(Rows(200), 100, "loss"));
        Assert.Equal(90, MetricRows.From(100));
    }

    [Fact]
    public void Before_ten_steps_all_of_them_count() => Assert.Equal(new TrialMetric(1), MetricRows.Of(Rows(3), 3, "loss"));

    [Fact]
    public void Rows_that_are_not_finite_are_left_out_and_where_none_is_there_is_no_value()
    {
        Assert.Equal(new TrialMetric(2), MetricRows.Of([Row(0, 1), Row(1, double.NaN), Row(2, 3)], 3, "loss"));
        Assert.Equal(new TrialMetric(null), MetricRows.Of([Row(0, double.NaN), Row(1, double.PositiveInfinity)], 2, "loss"));
        Assert.Equal(new TrialMetric(null), MetricRows.Of([], 2, "loss"));
    }

    [Fact]
    public void A_term_that_the_runs_do_not_have_is_told_with_those_that_they_have()
    {
        var metric = MetricRows.Of([Row(0, 1, "clustering")], 1, "recon");
        Assert.Null(metric.Value);
        Assert.Equal("metric: recon – the runs have no such loss term; they have clustering", metric.Problem);
    }
}
