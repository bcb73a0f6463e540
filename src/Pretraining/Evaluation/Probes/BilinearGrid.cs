using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// Bilinear upsampling of planes <c>[planes, gridHeight, gridWidth]</c> to <c>[planes, height, width]</c>, one row of pixels at a time, and
/// its transpose. Rows are independent, so no plane of pixels is ever in memory. Source: PyTorch upsample_bilinear2d, align_corners = false.
/// </summary>
internal sealed class BilinearGrid(int planes, int gridHeight, int gridWidth, int height, int width)
{
    private readonly BilinearAxis vertical = new(gridHeight, height);
    private readonly BilinearAxis horizontal = new(gridWidth, width);
    private readonly double[] cells = new double[gridWidth];

    /// <summary>Row <paramref name="y"/> of the upsampled planes, into <c>[planes, width]</c>.</summary>
    public void Row(ReadOnlySpan<double> grid, int y, Span<double> row)
    {
        var share = vertical.Share[y];
        for (var plane = 0; plane < planes; plane++)
        {
            var (above, below) = (Cells(plane, vertical.First[y]), Cells(plane, vertical.Second[y]));
            TensorPrimitives.Multiply(grid[above], 1 - share, cells);
            TensorPrimitives.MultiplyAdd(grid[below], share, cells, cells);
            var pixels = row.Slice(plane * width, width);
            for (var x = 0; x < pixels.Length; x++)
            {
                var right = horizontal.Share[x];
                pixels[x] = ((1 - right) * cells[horizontal.First[x]]) + (right * cells[horizontal.Second[x]]);
            }
        }
    }

    /// <summary>Adds to the grid's gradient what the gradient of row <paramref name="y"/> says of it.</summary>
    public void AddTransposedRow(ReadOnlySpan<double> row, int y, Span<double> grid)
    {
        var share = vertical.Share[y];
        for (var plane = 0; plane < planes; plane++)
        {
            var pixels = row.Slice(plane * width, width);
            cells.AsSpan().Clear();
            for (var x = 0; x < pixels.Length; x++)
            {
                var right = horizontal.Share[x];
                cells[horizontal.First[x]] += (1 - right) * pixels[x];
                cells[horizontal.Second[x]] += right * pixels[x];
            }

            var above = grid[Cells(plane, vertical.First[y])];
            var below = grid[Cells(plane, vertical.Second[y])];
            TensorPrimitives.MultiplyAdd(cells, 1 - share, above, above);
            TensorPrimitives.MultiplyAdd(cells, share, below, below);
        }
    }

    private Range Cells(int plane, int gridRow)
    {
        var start = ((plane * gridHeight) + gridRow) * gridWidth;
        return start..(start + gridWidth);
    }
}
