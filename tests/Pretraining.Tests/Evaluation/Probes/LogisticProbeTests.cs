using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class LogisticProbeTests
{
    [Fact]
    public void Rows_of_the_golden_vectors_are_preprocessed_as_the_reference_does()
    {
        var vectors = new EvaluationVectors();
        var rows = FeatureScaling.CenteredUnitRows(vectors.Matrix("logreg.features"));
        vectors.Tensors.AssertClose("logreg.preprocessed", rows.Values);
    }

    [Theory]
    [InlineData("0.0025", 0.0025)]
    [InlineData("0.00025", 0.00025)]
    public void Probe_on_the_golden_vectors_reaches_the_reference_s_objective(string key, double lambda)
    {
        var vectors = new EvaluationVectors();
        var outcome = LogisticProbe.Run(Golden(vectors, key), lambda);

        var expected = vectors.Exact($"logreg.lambda{key}.objective");
        Assert.True(outcome.End.Converged, $"gradient {outcome.End.LargestGradient} after {outcome.End.Steps} steps");
        Assert.InRange(outcome.End.Value, expected * (1 - 1e-6), expected * (1 + 1e-6));
        Assert.Equal(1, outcome.Accuracy);
        var probabilities = Enumerable.Range(0, outcome.Scores.Rows).SelectMany(row => Softmax(outcome.Scores[row].ToArray())).ToArray();
        var reference = vectors.Tensors.Floats($"logreg.lambda{key}.test_probabilities");
        Assert.All(reference, (expected, i) => Assert.Equal(expected, probabilities[i], 1e-4));
    }

    [Fact]
    public void Probe_that_is_stopped_early_says_so()
    {
        var end = LogisticProbe.Run(Golden(new EvaluationVectors(), "0.0025"), 0.0025, maxSteps: 3).End;

        Assert.False(end.Converged);
        Assert.Equal(3, end.Steps);
        Assert.True(end.LargestGradient > LogisticProbe.DefaultTolerance, $"gradient {end.LargestGradient}");
    }

    [Fact]
    public void Solver_below_what_numbers_show_has_converged_and_one_without_a_minimum_has_not()
    {
        // 1 + x²: next to the minimum 1 + x² is 1, so no search gets on, while the gradient 2x is above the tolerance of 0.
        var near = Lbfgs.Solve((x, gradient) => 1 + ((gradient[0] = 2 * x[0]) * x[0] / 2), [3.0], 100, -1);
        Assert.True(near.Converged, $"{near}");

        // −x has no minimum, and where it is NaN nothing was found.
        var none = Lbfgs.Solve((x, gradient) => (gradient[0] = -1) * x[0], [3.0], 100, 1e-6);
        Assert.False(none.Converged, $"{none}");
        var broken = Lbfgs.Solve((x, gradient) => gradient[0] = x[0] == 3 ? 1 : double.NaN, [3.0], 100, 1e-6);
        Assert.False(broken.Converged, $"{broken}");
    }

    [Fact]
    public void Splits_are_probes_of_their_rows()
    {
        var data = Blobs.Draw(120, 40, 8, 4, 0.8);
        int[][] splits = [.. Enumerable.Range(0, 3).Select(draw => LowShotDraw.PerClass(data.TrainingLabels, 4, 5, 1, draw))];
        var outcomes = LogisticProbe.RunEach(data, splits, 0.01);

        Assert.Equal(3, outcomes.Length);
        for (var i = 0; i < 3; i++)
        {
            var alone = LogisticProbe.Run(data.Labeled(splits[i]), 0.01);
            Assert.Equal(alone.End, outcomes[i].End);
            Assert.Equal(alone.Accuracy, outcomes[i].Accuracy);
            Assert.InRange(alone.Accuracy, 0.4, 1);
        }
    }

    [Fact]
    public void A_probe_without_rows_is_refused() =>
        Assert.Throws<EvaluationException>(() => LogisticProbe.Run(Blobs.Draw(20, 5, 4, 2, 1).Labeled([]), 0.01));

    private static IEnumerable<double> Softmax(double[] scores) => scores.Select(score => 1 / scores.Sum(other => Math.Exp(other - score)));

    /// <summary>The test rows with the reference's predictions as their labels.</summary>
    private static ProbeData Golden(EvaluationVectors vectors, string key) =>
        new(
            vectors.Matrix("logreg.features"),
            vectors.Integers("logreg.labels"),
            vectors.Matrix("logreg.test_features"),
            vectors.Integers($"logreg.lambda{key}.test_predictions"),
            5
        );
}
