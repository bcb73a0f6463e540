using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Tests.Evaluation.Probes;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Metrics;

public sealed class BinaryFiguresTests
{
    [Theory]
    [InlineData("roc.scores", "roc.auc")]
    [InlineData("roc.scores_ties", "roc.auc_ties")]
    public void Areas_of_the_golden_vectors_are_the_reference_s(string scores, string expected)
    {
        var vectors = new EvaluationVectors();
        Assert.Equal(vectors.Exact(expected), RocAuc.Of(vectors.Doubles(scores), vectors.Flags("roc.labels"))!.Value, 1e-12);
    }

    [Fact]
    public void Accuracy_of_the_golden_vectors_is_the_reference_s_for_logits_and_for_probabilities()
    {
        var vectors = new EvaluationVectors();
        var (logits, positives) = (vectors.Doubles("roc.scores"), vectors.Flags("roc.labels"));
        var expected = vectors.Exact("roc.accuracy_sigmoid_gt_half");

        Assert.Equal(expected, BinaryFigures.Of(logits, positives, threshold: 0).Accuracy!.Value, 1e-12);
        var probabilities = Array.ConvertAll(logits, s => 1 / (1 + Math.Exp(-s)));
        Assert.Equal(expected, BinaryFigures.Of(probabilities, positives).Accuracy!.Value, 1e-12);
    }

    [Fact]
    public void Area_is_the_share_of_pairs_in_order_and_ties_count_half()
    {
        var stream = new PhiloxStream(4, DrawPurpose.Preflight);
        var scores = new double[60];
        var positives = new bool[60];
        for (var i = 0; i < scores.Length; i++)
        {
            (scores[i], positives[i]) = (stream.NextInt32(12), stream.NextBoolean(0.4));
        }

        var (sum, pairs) = (0.0, 0);
        foreach (var yes in Enumerable.Range(0, 60).Where(i => positives[i]))
        {
            foreach (var no in Enumerable.Range(0, 60).Where(i => !positives[i]))
            {
                pairs++;
                sum +=
                    scores[yes] > scores[no] ? 1
                    : scores[yes] < scores[no] ? 0
                    : 0.5;
            }
        }

        var found = RocAuc.Of(scores, positives)!.Value;
        Assert.Equal(sum / pairs, found, 1e-15);
        Assert.Equal(1 - found, RocAuc.Of(Array.ConvertAll(scores, s => -s), positives)!.Value, 1e-15);
    }

    [Fact]
    public void Area_of_equal_scores_is_a_half() => Assert.Equal(0.5, RocAuc.Of([1, 1, 1], [true, false, false]));

    [Fact]
    public void Area_of_one_class_is_undefined()
    {
        Assert.Null(RocAuc.Of([1, 2], [true, true]));
        Assert.Null(RocAuc.Of([1, 2], [false, false]));
        Assert.Null(RocAuc.Of([], []));
    }

    [Fact]
    public void Figures_are_counted_by_hand()
    {
        // Above a half: rows 0, 1, 3. A score at the threshold says no.
        var found = BinaryFigures.Of([0.9, 0.6, 0.5, 0.7, 0.1], [true, true, true, false, false]);

        Assert.Equal((3, 2), (found.Positives, found.Negatives));
        Assert.Equal(3.0 / 5, found.Accuracy!.Value, 1e-15);
        Assert.Equal(2.0 / 3, found.Sensitivity!.Value, 1e-15);
        Assert.Equal(1.0 / 2, found.Specificity!.Value, 1e-15);
        Assert.Equal(4.0 / 6, found.RocAuc!.Value, 1e-15);
    }

    [Fact]
    public void Figures_without_a_class_lack_what_is_about_it()
    {
        Assert.Equal(new BinaryFigures(2, 0, 0.5, 0.5, null, null), BinaryFigures.Of([0.9, 0.1], [true, true]));
        Assert.Equal(new BinaryFigures(0, 1, 1, null, 1, null), BinaryFigures.Of([0.1], [false]));
        Assert.Equal(new BinaryFigures(0, 0, null, null, null, null), BinaryFigures.Of([], []));
    }
}
