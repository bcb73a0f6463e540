using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class MultiLabelProbeTests
{
    [Fact]
    public void Gradient_is_the_slope_of_the_objective_and_unknown_rows_are_not_in_it()
    {
        var data = Blobs.Draw(23, 1, 5, 3, 1);
        var labels = LabelMatrix.Of(
            23,
            1,
            [
                .. data.TrainingLabels.Select(
                    (label, i) =>
                        i % 7 == 0 ? float.NaN
                        : label == 0 ? 1f
                        : 0f
                ),
            ]
        );
        var objective = new SigmoidObjective(data.Training, labels, 0, 0.7);
        var parameters = Enumerable.Range(0, objective.Parameters).Select(i => Math.Sin(i + 1)).ToArray();
        var gradient = new double[parameters.Length];
        var value = objective.Evaluate(parameters, gradient);

        var spare = new double[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            var (up, down) = ((double[])parameters.Clone(), (double[])parameters.Clone());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            Assert.Equal((objective.Evaluate(up, spare) - objective.Evaluate(down, spare)) / 2e-5, gradient[i], 1e-8);
        }

        int[] known = [.. Enumerable.Range(0, 23).Where(i => i % 7 != 0)];
        var alone = new SigmoidObjective(data.Training.Select(known), labels.Select(known), 0, 0.7);
        Assert.Equal(known.Length, objective.KnownRows);
        Assert.Equal(alone.Evaluate(parameters, spare), value);
        Assert.Equal(spare, gradient);
    }

    [Fact]
    public void Objective_of_two_classes_is_the_softmax_s_with_half_the_weights()
    {
        // softmax over (s/2, −s/2) is the sigmoid of s, and ‖w/2‖² + ‖−w/2‖² is half of ‖w‖².
        var data = Blobs.Draw(20, 1, 4, 2, 1);
        var labels = new LabelMatrix(20, 1, [.. data.TrainingLabels.Select(label => (sbyte)(1 - label))]);
        double[] w = [0.3, -1.2, 0.8, 2, -0.4];
        var sigmoid = new SigmoidObjective(data.Training, labels, 0, 0.5).Evaluate(w, new double[5]);
        double[] halves = [.. w[..4].Select(v => v / 2), .. w[..4].Select(v => -v / 2), w[4] / 2, -w[4] / 2];
        var softmax = new LogisticObjective(data.Training, data.TrainingLabels, 2, 0.5 / 20, intercept: true);

        Assert.Equal(softmax.Evaluate(halves, new double[10]), sigmoid, 1e-12);
    }

    [Fact]
    public void Large_scores_neither_overflow_nor_lose_their_loss()
    {
        var objective = new SigmoidObjective(new FeatureMatrix(2, 1, [1, 1]), new LabelMatrix(2, 1, [1, 0]), 0, 0);
        var gradient = new double[2];

        Assert.Equal(2000, objective.Evaluate([4000, 0], gradient), 1e-9);
        Assert.Equal([0.5, 0.5], gradient);
        Assert.Equal(2000, objective.Evaluate([-4000, 0], gradient), 1e-9);
        Assert.Equal([-0.5, -0.5], gradient);
    }

    [Fact]
    public void Probe_on_separable_classes_is_right_and_converged()
    {
        var outcome = MultiLabelProbe.Run(Draw(0.05), 0.01);

        Assert.True(outcome.Converged);
        Assert.Equal(1, outcome.Precision.OverPresent!.Value, 1e-12);
        Assert.Equal([null, 1.0], new[] { outcome.Precision.PerClass[4], outcome.Precision.PerClass[0] });
    }

    [Fact]
    public void Probe_does_not_read_unknown_labels()
    {
        var data = Draw(0.8);
        int[] known = [.. Enumerable.Range(0, data.Training.Rows).Where(i => i % 3 != 0)];
        var values = new sbyte[data.Training.Rows * 5];
        for (var i = 0; i < data.Training.Rows; i++)
        {
            data.TrainingLabels[i].CopyTo(values.AsSpan(i * 5));
            if (i % 3 == 0)
            {
                values.AsSpan(i * 5, 5).Fill(LabelMatrix.Unknown);
            }
        }

        var outcome = MultiLabelProbe.Run(data with { TrainingLabels = new LabelMatrix(data.Training.Rows, 5, values) }, 0.1);
        Assert.Equal(MultiLabelProbe.Run(data.Labeled(known), 0.1).Scores.Values, outcome.Scores.Values);
    }

    [Fact]
    public void A_class_that_nobody_labeled_scores_nothing()
    {
        var data = Draw(0.5);
        var unknown = new sbyte[data.Training.Rows * 5];
        unknown.AsSpan().Fill(LabelMatrix.Unknown);
        var outcome = MultiLabelProbe.Run(data with { TrainingLabels = new LabelMatrix(data.Training.Rows, 5, unknown) }, 0.1);

        Assert.True(outcome.Converged);
        Assert.DoesNotContain(outcome.Scores.Values.ToArray(), score => score != 0);
    }

    [Fact]
    public void Splits_learn_more_from_more_labels()
    {
        // Class 4 has no positive: the draws are of the four others.
        var data = Draw(0.9);
        var labels = new LabelMatrix(
            data.Training.Rows,
            4,
            [.. Enumerable.Range(0, data.Training.Rows).SelectMany(i => data.TrainingLabels[i][..4].ToArray())]
        );
        var one = Mean(1);
        var five = Mean(5);

        Assert.InRange(one, 0.3, five - 0.02);

        double Mean(int positives) =>
            MultiLabelProbe
                .RunEach(data, [.. Enumerable.Range(0, 3).Select(draw => MultiLabelDraw.PerClass(labels, positives, 2, draw))], 0.1)
                .Average(outcome => outcome.Precision.OverPresent!.Value);
    }

    [Fact]
    public void Too_few_splits_are_refused()
    {
        var refused = Assert.Throws<EvaluationException>(() =>
            MultiLabelProbe.RunEach(
                Draw(0.5),
                [
                    [0],
                    [1],
                ],
                0.1
            )
        );
        Assert.StartsWith("2 low-shot splits", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Eight clouds: class k of the first four has clouds k and k + 4 and k + 5, the fifth none.</summary>
    private static MultiLabelData Draw(double noise)
    {
        var data = Blobs.Draw(240, 160, 16, 8, noise);
        return new MultiLabelData(data.Training, Labels(data.TrainingLabels), data.Test, Labels(data.TestLabels));

        static LabelMatrix Labels(int[] clouds) =>
            new(
                clouds.Length,
                5,
                [
                    .. clouds.SelectMany(cloud =>
                        Enumerable
                            .Range(0, 5)
                            .Select(k => (sbyte)(k < 4 && (cloud == k || cloud == k + 4 || cloud == ((k + 1) % 4) + 4) ? 1 : 0))
                    ),
                ]
            );
    }
}
