using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>A score for each row and class, row-major <c>[rows, Classes]</c>: the class with the largest is the prediction.</summary>
public sealed class ClassScores
{
    private readonly double[] values;

    /// <summary>Zeroed scores.</summary>
    public ClassScores(int rows, int classes) => (Rows, Classes, values) = (rows, classes, new double[rows * classes]);

    public int Rows { get; }

    public int Classes { get; }

    /// <summary>All scores.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>Scores of one row.</summary>
    public Span<double> this[int row] => values.AsSpan(row * Classes, Classes);

    /// <summary>The predicted class; of equal scores the first.</summary>
    public int Best(int row) => TensorPrimitives.IndexOfMax<double>(this[row]);

    /// <summary>Share of rows whose class is the predicted one, 0–1.</summary>
    public double Accuracy(ReadOnlySpan<int> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, Rows, nameof(labels));
        var right = 0;
        for (var i = 0; i < Rows; i++)
        {
            right += Best(i) == labels[i] ? 1 : 0;
        }

        return (double)right / Rows;
    }
}
