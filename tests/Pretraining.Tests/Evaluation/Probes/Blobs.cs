using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

/// <summary>Synthetic classes: Gaussian clouds around Gaussian centers.</summary>
internal static class Blobs
{
    /// <summary>Class of row i is i mod classes; noise is the clouds' standard deviation, the centers' is 1.</summary>
    public static ProbeData Draw(int training, int test, int columns, int classes, double noise)
    {
        var stream = new PhiloxStream(5, DrawPurpose.Preflight);
        var centers = new FeatureMatrix(classes, columns);
        stream.FillGaussian(centers.Values);
        var (trainingRows, trainingLabels) = Rows(training, ref stream);
        var (testRows, testLabels) = Rows(test, ref stream);
        return new ProbeData(trainingRows, trainingLabels, testRows, testLabels, classes);

        (FeatureMatrix Rows, int[] Labels) Rows(int count, ref PhiloxStream draws)
        {
            var rows = new FeatureMatrix(count, columns);
            var labels = new int[count];
            for (var i = 0; i < count; i++)
            {
                labels[i] = i % classes;
                for (var j = 0; j < columns; j++)
                {
                    rows[i][j] = (float)(centers[labels[i]][j] + (noise * draws.NextGaussian()));
                }
            }

            return (rows, labels);
        }
    }
}
