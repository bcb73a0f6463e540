using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Tests.Evaluation.Probes;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Metrics;

public sealed class AveragePrecisionTests
{
    [Fact]
    public void Average_precisions_of_the_golden_vectors_are_the_reference_s()
    {
        var vectors = new EvaluationVectors();
        var labels = LabelMatrix.Of(60, 9, Array.ConvertAll(vectors.Tensors.Int64s("map.labels"), v => (float)v));
        var found = MeanAveragePrecision.Of(vectors.Doubles("map.scores"), labels);

        var expected = vectors.ExactOrNull("map.per_class");
        Assert.Equal(expected.Length, found.PerClass.Count);
        Assert.All(
            expected,
            (value, k) =>
            {
                Assert.Equal(value is null, found.PerClass[k] is null);
                Assert.Equal(value ?? 0, found.PerClass[k] ?? 0, 1e-12);
            }
        );
        Assert.Equal(vectors.Exact("map.macro_present_classes"), found.OverPresent!.Value, 1e-12);
        Assert.Equal(vectors.Exact("map.macro_sklearn_missing_as_zero"), found.MissingAsZero, 1e-12);
    }

    [Fact]
    public void Precision_is_weighted_by_the_recall_it_adds()
    {
        // From the top: yes (1/1), no, yes (2/3), no, yes (3/5).
        var found = AveragePrecision.Of([5, 4, 3, 2, 1], [true, false, true, false, true]);
        Assert.Equal((1 + (2.0 / 3) + (3.0 / 5)) / 3, found!.Value, 1e-15);
    }

    [Fact]
    public void Equal_scores_share_a_threshold_in_any_order()
    {
        // One threshold at 2 (1 of 2), one at 1 (2 of 4).
        bool[] positives = [true, false, true, false];
        Assert.Equal(0.5, AveragePrecision.Of([2, 2, 1, 1], positives)!.Value, 1e-15);
        Assert.Equal(0.5, AveragePrecision.Of([2, 2, 1, 1], [false, true, false, true])!.Value, 1e-15);
    }

    [Fact]
    public void All_scores_equal_give_the_share_of_positives() =>
        Assert.Equal(0.25, AveragePrecision.Of([7, 7, 7, 7], [false, true, false, false])!.Value, 1e-15);

    [Fact]
    public void Without_positives_it_is_undefined()
    {
        Assert.Null(AveragePrecision.Of([1, 2], [false, false]));
        Assert.Null(AveragePrecision.Of([], []));
    }

    [Fact]
    public void Only_positives_give_one() => Assert.Equal(1, AveragePrecision.Of([3, 1, 2], [true, true, true]));

    [Fact]
    public void A_score_that_is_no_number_is_refused() =>
        Assert.Throws<ArgumentException>(() => AveragePrecision.Of([1, double.NaN], [true, false]));

    [Fact]
    public void Average_precision_depends_on_the_order_of_scores_alone()
    {
        var stream = new PhiloxStream(3, DrawPurpose.Preflight);
        var scores = new double[200];
        var positives = new bool[200];
        for (var i = 0; i < scores.Length; i++)
        {
            (scores[i], positives[i]) = (stream.NextInt32(40), stream.NextBoolean(0.3));
        }

        var found = AveragePrecision.Of(scores, positives);
        Assert.Equal(found, AveragePrecision.Of(Array.ConvertAll(scores, s => Math.Exp(s / 10) - 5), positives));
        Array.Reverse(scores);
        Array.Reverse(positives);
        Assert.Equal(found, AveragePrecision.Of(scores, positives));
    }

    [Fact]
    public void Unknown_labels_are_left_out_of_their_class()
    {
        var labels = LabelMatrix.Of(3, 2, [1, -1, 0, 1, float.NaN, 0]);
        var found = MeanAveragePrecision.Of([1, 9, 2, 2, 3, 1], labels);

        // Class 0 knows rows 0 and 1 alone, the positive below; class 1 knows rows 1 and 2, the positive above.
        Assert.Equal([0.5, 1.0], found.PerClass);
    }

    [Fact]
    public void Means_differ_by_the_classes_without_positives()
    {
        var found = MeanAveragePrecision.Of([1, 1, 1, 0, 0, 0], new LabelMatrix(2, 3, [1, 0, 1, 0, 0, 0]));

        Assert.Equal(1, found.OverPresent);
        Assert.Equal(2.0 / 3, found.MissingAsZero, 1e-15);
        Assert.Null(MeanAveragePrecision.Of([1], new LabelMatrix(1, 1, [0])).OverPresent);
    }
}
