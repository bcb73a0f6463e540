using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Makes features comparable before a probe: each column minus the training rows' mean, divided by their standard deviation plus a tenth of
/// the columns' mean deviation, so that a column that hardly varies (a border pixel) is not blown up to unit size.
/// </summary>
public sealed class FeatureScaling
{
    private const double Floor = 0.1;
    private readonly float[] mean;
    private readonly float[] inverse;

    private FeatureScaling(float[] mean, float[] inverse) => (this.mean, this.inverse) = (mean, inverse);

    /// <summary>Statistics of the training rows; deviations have the divisor n.</summary>
    public static FeatureScaling Of(FeatureMatrix training)
    {
        var sums = new double[training.Columns];
        var squares = new double[training.Columns];
        var row = new double[training.Columns];
        for (var i = 0; i < training.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(training[i], row);
            TensorPrimitives.Add(sums, row, sums);
        }

        TensorPrimitives.Divide(sums, training.Rows, sums);
        for (var i = 0; i < training.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(training[i], row);
            TensorPrimitives.Subtract(row, sums, row);
            TensorPrimitives.MultiplyAdd(row, row, squares, squares);
        }

        var deviations = Array.ConvertAll(squares, s => Math.Sqrt(s / training.Rows));
        var floor = Floor * deviations.Average();
        // Columns that are all constant carry nothing: they become zeros.
        return new FeatureScaling(
            Array.ConvertAll(sums, s => (float)s),
            Array.ConvertAll(deviations, d => d + floor > 0 ? (float)(1 / (d + floor)) : 0)
        );
    }

    /// <summary>The scaled features, in a new matrix.</summary>
    public FeatureMatrix Apply(FeatureMatrix features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Columns, mean.Length, nameof(features));
        var scaled = new FeatureMatrix(features.Rows, features.Columns);
        for (var i = 0; i < features.Rows; i++)
        {
            TensorPrimitives.Subtract(features[i], mean, scaled[i]);
            TensorPrimitives.Multiply(scaled[i], inverse, scaled[i]);
        }

        return scaled;
    }

    /// <summary>Rows of length 1, in a new matrix; a row of zeros stays one.</summary>
    /// <param name="constant">Appended to each row as one more column after the scaling, a bias input; null for none.</param>
    public static FeatureMatrix UnitRows(FeatureMatrix features, float? constant = null)
    {
        var unit = new FeatureMatrix(features.Rows, features.Columns + (constant is null ? 0 : 1));
        for (var i = 0; i < features.Rows; i++)
        {
            var length = Math.Sqrt(TensorPrimitives.SumOfSquares<float>(features[i]));
            TensorPrimitives.Multiply(features[i], length > 0 ? (float)(1 / length) : 0, unit[i]);
            if (constant is { } value)
            {
                unit[i][^1] = value;
            }
        }

        return unit;
    }

    /// <summary>
    /// Rows less their own mean, then of length 1, in a new matrix; a constant row becomes zeros. In double, rounded once.
    /// Source: msn:logistic_eval.py (cyanure.preprocess with centering and normalization).
    /// </summary>
    public static FeatureMatrix CenteredUnitRows(FeatureMatrix features)
    {
        var unit = new FeatureMatrix(features.Rows, features.Columns);
        var row = new double[features.Columns];
        for (var i = 0; i < features.Rows; i++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(features[i], row);
            TensorPrimitives.Subtract(row, TensorPrimitives.Sum<double>(row) / row.Length, row);
            var length = TensorPrimitives.Norm<double>(row);
            TensorPrimitives.Multiply(row, length > 0 ? 1 / length : 0, row);
            TensorPrimitives.ConvertTruncating<double, float>(row, unit[i]);
        }

        return unit;
    }

    /// <summary>The factor that brings the root mean square of all values to 1; 1 for a matrix of zeros.</summary>
    public static float ToUnitRms(FeatureMatrix features)
    {
        var squares = 0.0;
        for (var i = 0; i < features.Rows; i++)
        {
            squares += TensorPrimitives.SumOfSquares<float>(features[i]);
        }

        return squares > 0 ? (float)Math.Sqrt(features.Values.Length / squares) : 1;
    }
}
