namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>One feature vector a row, row-major <c>[Rows, Columns]</c> float32.</summary>
public sealed class FeatureMatrix
{
    private readonly float[] values;

    /// <summary>A zeroed matrix.</summary>
    public FeatureMatrix(int rows, int columns)
        : this(rows, columns, new float[checked(rows * columns)]) { }

    /// <summary>A matrix over given values, which it keeps.</summary>
    public FeatureMatrix(int rows, int columns, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, checked(rows * columns), nameof(values));
        (Rows, Columns, this.values) = (rows, columns, values);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>All values.</summary>
    public Span<float> Values => values;

    /// <summary>One row.</summary>
    public Span<float> this[int row] => values.AsSpan(row * Columns, Columns);

    /// <summary>A copy of the rows with these numbers, in this order.</summary>
    public FeatureMatrix Select(ReadOnlySpan<int> rows)
    {
        var selected = new FeatureMatrix(rows.Length, Columns);
        for (var i = 0; i < rows.Length; i++)
        {
            this[rows[i]].CopyTo(selected[i]);
        }

        return selected;
    }
}
