namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>Which classes each row has, row-major <c>[Rows, Classes]</c>: 1 has it, 0 has it not, −1 unknown. A row may have several or none.</summary>
public sealed class LabelMatrix
{
    /// <summary>Nobody said whether the row has the class: such a cell is neither learned from nor scored.</summary>
    public const sbyte Unknown = -1;

    private readonly sbyte[] values;

    /// <summary>Labels over given values, which it keeps.</summary>
    /// <exception cref="EvaluationException">A value is not 1, 0 or −1: row and class are named.</exception>
    public LabelMatrix(int rows, int classes, sbyte[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, checked(rows * classes), nameof(values));
        if (values.AsSpan().IndexOfAnyExceptInRange(Unknown, (sbyte)1) is >= 0 and var wrong)
        {
            throw Wrong(wrong, classes, values[wrong]);
        }

        (Rows, Classes, this.values) = (rows, classes, values);
    }

    public int Rows { get; }

    public int Classes { get; }

    /// <summary>Labels of one row.</summary>
    public ReadOnlySpan<sbyte> this[int row] => values.AsSpan(row * Classes, Classes);

    /// <summary>From numbers as tables have them: 1, 0, and −1 or NaN for unknown.</summary>
    /// <exception cref="EvaluationException">Another number: row and class are named.</exception>
    public static LabelMatrix Of(int rows, int classes, ReadOnlySpan<float> values)
    {
        var labels = new sbyte[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            labels[i] = values[i] switch
            {
                1 => 1,
                0 => 0,
                -1 or float.NaN => Unknown,
                var other => throw Wrong(i, classes, other),
            };
        }

        return new LabelMatrix(rows, classes, labels);
    }

    /// <summary>Rows known to have a class.</summary>
    public int Positives(int @class)
    {
        var count = 0;
        for (var row = 0; row < Rows; row++)
        {
            count += this[row][@class] == 1 ? 1 : 0;
        }

        return count;
    }

    /// <summary>A copy of the rows with these numbers, in this order.</summary>
    public LabelMatrix Select(ReadOnlySpan<int> rows)
    {
        var selected = new sbyte[rows.Length * Classes];
        for (var i = 0; i < rows.Length; i++)
        {
            this[rows[i]].CopyTo(selected.AsSpan(i * Classes));
        }

        return new LabelMatrix(rows.Length, Classes, selected);
    }

    private static EvaluationException Wrong(int index, int classes, float value) =>
        new($"The label of row {index / classes}, class {index % classes} is {value}: 1 or 0, and −1 or NaN for unknown, are possible.");
}
