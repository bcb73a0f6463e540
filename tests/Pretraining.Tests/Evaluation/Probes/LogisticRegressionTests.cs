using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class LogisticRegressionTests
{
    [Theory]
    [InlineData("0.0025", 0.0025)]
    [InlineData("0.00025", 0.00025)]
    public void Lbfgs_on_the_golden_vectors_reaches_the_reference_s_objective(string key, double lambda)
    {
        var vectors = new EvaluationVectors();
        var model = LogisticRegression.FitByLbfgs(Golden(vectors, lambda), 400);

        var expected = vectors.Exact($"logreg.lambda{key}.objective");
        Assert.InRange(model.Objective, expected * (1 - 1e-6), expected * (1 + 1e-6));
        // The test rows get the protocol's preprocessing: each row's own mean away, then unit length.
        var test = FeatureScaling.UnitRows(Centered(vectors.Matrix("logreg.test_features")));
        Assert.Equal(
            vectors.Integers($"logreg.lambda{key}.test_predictions"),
            Enumerable.Range(0, test.Rows).Select(model.Scores(test).Best)
        );
    }

    [Fact]
    public void Nesterov_on_the_golden_vectors_approaches_the_reference_s_objective()
    {
        var vectors = new EvaluationVectors();
        // ½ · max ‖x‖² for rows of unit length; the penalty's part is below 1e-4.
        var model = LogisticRegression.FitByNesterov(Golden(vectors, 0.0025), 3000, 1 / 0.5001);

        var expected = vectors.Exact("logreg.lambda0.0025.objective");
        Assert.InRange(model.Objective, expected * (1 - 1e-6), expected * (1 + 1e-2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradient_is_the_slope_of_the_objective(bool intercept)
    {
        var data = Blobs.Draw(23, 1, 5, 3, 1);
        var objective = new LogisticObjective(data.Training, data.TrainingLabels, 3, 0.07, intercept);
        var parameters = Enumerable.Range(0, objective.Parameters).Select(i => Math.Sin(i)).ToArray();
        var gradient = new double[parameters.Length];
        objective.Evaluate(parameters, gradient);

        var spare = new double[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            var (up, down) = ((double[])parameters.Clone(), (double[])parameters.Clone());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            Assert.Equal((objective.Evaluate(up, spare) - objective.Evaluate(down, spare)) / 2e-5, gradient[i], 1e-8);
        }
    }

    [Fact]
    public void Objective_at_zero_is_the_uniform_cross_entropy()
    {
        var data = Blobs.Draw(20, 1, 4, 5, 1);
        var objective = new LogisticObjective(data.Training, data.TrainingLabels, 5, 1, intercept: true);

        Assert.Equal(Math.Log(5), objective.Evaluate(new double[objective.Parameters], new double[objective.Parameters]), 1e-12);
    }

    [Fact]
    public void Intercept_alone_learns_the_classes_shares()
    {
        // Features of zeros: only b can learn, and softmax(b) at the minimum is the share of each class, 1/4 and 3/4.
        var objective = new LogisticObjective(new FeatureMatrix(8, 1), [0, 0, 1, 1, 1, 1, 1, 1], 2, 1e-3, intercept: true);
        var model = LogisticRegression.FitByLbfgs(objective, 50);

        Assert.Equal(-(0.25 * Math.Log(0.25)) - (0.75 * Math.Log(0.75)), model.Objective, 1e-12);
        var scores = model.Scores(new FeatureMatrix(1, 1));
        Assert.Equal(Math.Log(3), scores[0][1] - scores[0][0], 1e-7);
    }

    [Fact]
    public void Lbfgs_on_a_quadratic_finds_its_minimum()
    {
        // Σ (i + 1) (x_i − i)², condition number 30.
        var x = new double[30];
        var value = Lbfgs.Minimize(
            (parameters, gradient) =>
            {
                var sum = 0.0;
                for (var i = 0; i < parameters.Length; i++)
                {
                    sum += (i + 1) * (parameters[i] - i) * (parameters[i] - i);
                    gradient[i] = 2 * (i + 1) * (parameters[i] - i);
                }

                return sum;
            },
            x,
            100
        );

        Assert.InRange(value, 0, 1e-20);
        Assert.All(x, (v, i) => Assert.Equal(i, v, 1e-9));
    }

    private static LogisticObjective Golden(EvaluationVectors vectors, double lambda)
    {
        var features = vectors.Matrix("logreg.preprocessed");
        return new LogisticObjective(features, vectors.Integers("logreg.labels"), 5, lambda / (2 * features.Rows), intercept: false);
    }

    private static FeatureMatrix Centered(FeatureMatrix features)
    {
        var centered = new FeatureMatrix(features.Rows, features.Columns);
        for (var i = 0; i < features.Rows; i++)
        {
            var mean = features[i].ToArray().Average();
            for (var j = 0; j < features.Columns; j++)
            {
                centered[i][j] = features[i][j] - mean;
            }
        }

        return centered;
    }
}
