using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Tests.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Metrics;

public sealed class ConfusionMatrixTests
{
    private const int Image = 16 * 20;

    [Fact]
    public void Figures_of_the_golden_vectors_are_the_reference_s()
    {
        var vectors = new EvaluationVectors();
        var matrix = Golden(vectors, 0, 4);

        var counts = vectors.Integers("seg.confusion");
        Assert.Equal(counts, Enumerable.Range(0, 36).Select(cell => (int)matrix[cell / 6, cell % 6]));
        Assert.Equal(counts.Sum(), matrix.Total);
        Assert.All(vectors.ExactOrNull("seg.iou"), (expected, k) => AssertSame(expected, matrix.IoU(k)));
        AssertSame(vectors.Exact("seg.miou_present"), matrix.MeanIoU);
        AssertSame(vectors.Exact("seg.pixel_accuracy"), matrix.Accuracy);
    }

    [Fact]
    public void Matrices_of_parts_add_up_and_means_of_their_figures_do_not()
    {
        var vectors = new EvaluationVectors();
        var images = Enumerable.Range(0, 4).Select(i => Golden(vectors, i, 1)).ToArray();
        var sum = new ConfusionMatrix(6);
        foreach (var image in images)
        {
            sum.Add(image);
        }

        AssertSame(vectors.Exact("seg.miou_present"), sum.MeanIoU);
        AssertSame(vectors.Exact("seg.mean_of_per_image_miou_WRONG_WAY"), images.Average(image => image.MeanIoU));
    }

    [Fact]
    public void A_class_that_is_only_predicted_counts_as_zero_and_one_that_is_nowhere_not()
    {
        var matrix = new ConfusionMatrix(4);
        matrix.Add([0, 0, 1, ConfusionMatrix.Ignored], [0, 2, 1, 3]);

        Assert.Equal([0.5, 1, 0, null], Enumerable.Range(0, 4).Select(matrix.IoU));
        Assert.Equal([0.5, 1, null, null], Enumerable.Range(0, 4).Select(matrix.Recall));
        Assert.Equal(0.5, matrix.MeanIoU);
        Assert.Equal(0.75, matrix.MeanRecall);
        Assert.Equal(2.0 / 3, matrix.Accuracy);
    }

    [Fact]
    public void A_matrix_of_ignored_pixels_has_no_figures()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add([ConfusionMatrix.Ignored, ConfusionMatrix.Ignored], [0, 200]);

        Assert.Equal(0, matrix.Total);
        Assert.Null(matrix.Accuracy);
        Assert.Null(matrix.MeanIoU);
        Assert.Null(matrix.MeanRecall);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    [InlineData(-1, 0)]
    public void What_is_no_class_is_refused(int target, int prediction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConfusionMatrix(3).Add(target, prediction));

    private static ConfusionMatrix Golden(EvaluationVectors vectors, int first, int images)
    {
        var matrix = new ConfusionMatrix(6);
        matrix.Add(
            vectors.Bytes("seg.target").AsSpan(first * Image, images * Image),
            vectors.Bytes("seg.prediction").AsSpan(first * Image, images * Image)
        );
        return matrix;
    }

    private static void AssertSame(double? expected, double? actual)
    {
        Assert.Equal(expected is null, actual is null);
        Assert.Equal(expected ?? 0, actual ?? 0, 1e-12);
    }
}
