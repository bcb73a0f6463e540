using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// Raw pixels as features: the view itself up to 32 pixels a side; a larger one as means of square cells, so that its probes stay affordable
/// (224 × 224 × 3 pixels would be 150,528 numbers an image; cells of 7 pixels leave 3,072).
/// </summary>
public sealed class PixelFeatures
{
    private const int LargestSide = 32;
    private readonly ImageSize size;
    private readonly int cell;
    private readonly int rows;
    private readonly int columns;

    public PixelFeatures(ImageSize size)
    {
        this.size = size;
        cell = Math.Max(1, (Math.Max(size.Height, size.Width) + LargestSide - 1) / LargestSide);
        rows = (size.Height + cell - 1) / cell;
        columns = (size.Width + cell - 1) / cell;
    }

    /// <summary>Numbers an image.</summary>
    public int Length => size.Channels * rows * columns;

    /// <summary>Side of a cell, pixels; 1: the pixels themselves.</summary>
    public int Cell => cell;

    /// <summary>Writes the features of one view.</summary>
    /// <param name="view"><c>[C, H, W]</c>.</param>
    /// <param name="features"><see cref="Length"/> numbers, <c>[C, rows, columns]</c>.</param>
    public void Write(ReadOnlySpan<float> view, Span<float> features)
    {
        if (cell == 1)
        {
            view.CopyTo(features);
            return;
        }

        for (var channel = 0; channel < size.Channels; channel++)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    features[(((channel * rows) + row) * columns) + column] = Mean(view.Slice(channel * size.Area, size.Area), row, column);
                }
            }
        }
    }

    /// <summary>Of one cell; at the lower and right border a cell may be cut.</summary>
    private float Mean(ReadOnlySpan<float> plane, int row, int column)
    {
        var (top, left) = (row * cell, column * cell);
        var (height, width) = (Math.Min(cell, size.Height - top), Math.Min(cell, size.Width - left));
        var sum = 0f;
        for (var y = top; y < top + height; y++)
        {
            foreach (var value in plane.Slice((y * size.Width) + left, width))
            {
                sum += value;
            }
        }

        return sum / (height * width);
    }
}
