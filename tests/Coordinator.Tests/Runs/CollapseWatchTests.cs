using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

public sealed class CollapseWatchTests
{
    private readonly CollapseWatch watch = new();

    [Theory]
    [InlineData(HealthFigures.AssignmentEntropy, "all samples go to few prototypes")]
    [InlineData(HealthFigures.Patch + HealthFigures.AssignmentEntropy, "all samples go to few prototypes")]
    [InlineData(HealthFigures.FeatureDeviation, "the features of all samples are alike")]
    public void Figure_that_stays_low_is_told_once_with_a_remedy(string figure, string words)
    {
        var told = Enumerable.Range(0, 300).Select(step => watch.Take(Row(step, figure, 0.001))).OfType<string>().ToList();
        var text = Assert.Single(told);
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.Contains($"{figure} is 0.001", text, StringComparison.Ordinal);
        Assert.Contains($"up to step {CollapseWatch.Patience - 1}", text, StringComparison.Ordinal);
        Assert.Contains("options.avoidCollapse", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_that_recovers_in_between_is_not_told()
    {
        for (var step = 0; step < 300; step++)
        {
            var value = step % (CollapseWatch.Patience - 1) == 0 ? 0.9 : 0.001;
            Assert.Null(watch.Take(Row(step, HealthFigures.AssignmentEntropy, value)));
        }
    }

    [Theory]
    [InlineData(HealthFigures.Agreement)]
    [InlineData(HealthFigures.PrototypesUsed)]
    public void Other_figures_are_not_judged(string figure) =>
        Assert.All(Enumerable.Range(0, 200), step => Assert.Null(watch.Take(Row(step, figure, 0))));

    [Fact]
    public void Row_without_figures_is_taken() => Assert.Null(watch.Take(Row(0, "", 0) with { Health = null }));

    private static StepRow Row(long step, string figure, double value) =>
        RunHarness.Row(step) with
        {
            Health = [new HealthFigure(figure, value)],
        };
}
