namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Along one axis, from which two of the cells an upsampled position is interpolated and how much is the second's. Position i of the larger
/// axis lies at max(0, (i + ½) · cells / positions − ½) of the smaller. Source: PyTorch upsample_bilinear2d with align_corners = false.
/// </summary>
internal sealed class BilinearAxis
{
    /// <param name="cells">Length before, 1 or more.</param>
    /// <param name="positions">Length after, 1 or more.</param>
    public BilinearAxis(int cells, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cells);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positions);
        (Cells, First, Second, Share) = (cells, new int[positions], new int[positions], new double[positions]);
        for (var i = 0; i < positions; i++)
        {
            var place = Math.Max(0, ((i + 0.5) * ((double)cells / positions)) - 0.5);
            First[i] = Math.Min((int)place, cells - 1);
            Second[i] = Math.Min(First[i] + 1, cells - 1);
            Share[i] = place - First[i];
        }
    }

    public int Cells { get; }

    public int Positions => Share.Length;

    /// <summary>The cell before each position.</summary>
    public int[] First { get; }

    /// <summary>The cell after it; at the end the same cell.</summary>
    public int[] Second { get; }

    /// <summary>Weight of <see cref="Second"/>, 0–1.</summary>
    public double[] Share { get; }
}
