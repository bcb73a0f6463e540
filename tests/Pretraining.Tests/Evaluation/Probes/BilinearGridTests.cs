using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Randomness;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class BilinearGridTests
{
    [Theory]
    [InlineData(4, 5, 16, 20)]
    [InlineData(3, 7, 10, 11)]
    [InlineData(1, 1, 6, 4)]
    [InlineData(2, 3, 2, 3)]
    [InlineData(14, 14, 224, 224)]
    [InlineData(9, 8, 5, 3)]
    public void Rows_are_those_of_interpolate(int gridHeight, int gridWidth, int height, int width)
    {
        const int Planes = 3;
        var values = Draw(Planes * gridHeight * gridWidth, 1);
        var rows = new double[Planes * height * width];
        var grid = new BilinearGrid(Planes, gridHeight, gridWidth, height, width);
        var row = new double[Planes * width];
        for (var y = 0; y < height; y++)
        {
            grid.Row(values, y, row);
            for (var plane = 0; plane < Planes; plane++)
            {
                row.AsSpan(plane * width, width).CopyTo(rows.AsSpan(((plane * height) + y) * width));
            }
        }

        using var scope = NewDisposeScope();
        var expected = nn
            .functional.interpolate(
                tensor(values, dtype: float64).reshape(1, Planes, gridHeight, gridWidth),
                size: [height, width],
                mode: InterpolationMode.Bilinear,
                align_corners: false
            )
            .data<double>()
            .ToArray();
        Assert.All(expected, (value, i) => Assert.Equal(value, rows[i], 1e-12));
    }

    [Fact]
    public void Transposed_rows_are_the_adjoint()
    {
        // ⟨U g, r⟩ = ⟨g, Uᵀ r⟩ for any grid g and pixels r.
        var grid = new BilinearGrid(2, 3, 4, 7, 10);
        var (cells, pixels) = (Draw(2 * 3 * 4, 2), Draw(7 * 2 * 10, 3));
        var (row, back) = (new double[20], new double[24]);
        var forward = 0.0;
        for (var y = 0; y < 7; y++)
        {
            var target = pixels.AsSpan(y * 20, 20);
            grid.Row(cells, y, row);
            forward += row.Zip(target.ToArray(), (a, b) => a * b).Sum();
            grid.AddTransposedRow(target, y, back);
        }

        Assert.Equal(forward, cells.Zip(back, (a, b) => a * b).Sum(), 1e-12);
    }

    internal static double[] Draw(int count, ulong seed)
    {
        var values = new float[count];
        new PhiloxStream(seed, DrawPurpose.Preflight).FillGaussian(values);
        return Array.ConvertAll(values, v => (double)v);
    }
}
