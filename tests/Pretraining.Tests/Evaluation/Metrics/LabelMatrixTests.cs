using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Metrics;

public sealed class LabelMatrixTests
{
    [Fact]
    public void Numbers_become_labels_and_gaps_unknown()
    {
        var labels = LabelMatrix.Of(2, 2, [1, float.NaN, -1, 0]);

        Assert.Equal([1, LabelMatrix.Unknown], labels[0].ToArray());
        Assert.Equal([LabelMatrix.Unknown, 0], labels[1].ToArray());
        Assert.Equal([1, 0], new[] { labels.Positives(0), labels.Positives(1) });
        Assert.Equal([LabelMatrix.Unknown, 0], labels.Select([1])[0].ToArray());
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(2f)]
    [InlineData(-2f)]
    [InlineData(float.PositiveInfinity)]
    public void Another_number_is_refused_by_row_and_class(float wrong)
    {
        var refused = Assert.Throws<EvaluationException>(() => LabelMatrix.Of(2, 3, [0, 0, 0, 0, 1, wrong]));
        Assert.StartsWith("The label of row 1, class 2 is", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_byte_is_refused_by_row_and_class()
    {
        var refused = Assert.Throws<EvaluationException>(() => new LabelMatrix(1, 2, [0, 2]));
        Assert.StartsWith("The label of row 0, class 1 is 2", refused.Message, StringComparison.Ordinal);
    }
}
