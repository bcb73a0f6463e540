using System.Numerics.Tensors;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

/// <summary>Losses by vectors and by several rows at once have the bits of one value after another. Widths: less than a vector, with a rest, and without.</summary>
public sealed class HandWrittenLossTests
{
    public static TheoryData<int, int> Shapes =>
        new()
        {
            { 1, 5 },
            { 3, 16 },
            { 4, 37 },
            { 7, 64 },
            { 9, 33 },
        };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums_of_rows_and_columns_are_those_of_one_value_after_another(int rows, int width)
    {
        var (values, others) = (Draw(0, rows * width), Draw(1, rows * width));
        var weights = Array.ConvertAll(Draw(2, width), value => value / 3.0);
        var (plain, weighted, products) = (new double[rows], new double[rows], new double[rows]);
        var (added, scaled) = (Draw(3, width).Select(value => (double)value).ToArray(), new double[width]);
        var (expectedAdded, expectedScaled) = (added.ToArray(), new double[width]);
        RowSums.Of(values, plain);
        RowSums.Weighted(values, weights, weighted);
        RowSums.Products(values, others, products);
        for (var row = 0; row < rows; row++)
        {
            RowSums.Add(values.AsSpan(row * width, width), added);
            RowSums.AddScaled(values.AsSpan(row * width, width), 0.1 * row, scaled);
            var (sum, withWeights, ofProducts) = (0.0, 0.0, 0.0);
            for (var k = 0; k < width; k++)
            {
                var value = values[(row * width) + k];
                sum += value;
                withWeights += value * weights[k];
                ofProducts += (double)value * others[(row * width) + k];
                expectedAdded[k] += value;
                expectedScaled[k] += 0.1 * row * value;
            }

            Assert.Equal((sum, withWeights, ofProducts), (plain[row], weighted[row], products[row]));
        }

        Assert.Equal(expectedAdded, added);
        Assert.Equal(expectedScaled, scaled);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_sinkhorn_iteration_is_that_of_one_value_after_another(int rows, int width)
    {
        var values = Array.ConvertAll(Draw(4, rows * width), Math.Abs);
        var sums = Array.ConvertAll(Draw(5, width), value => 1.0 + Math.Abs(value));
        sums[^1] = 0;
        var expected = values.ToArray();
        for (var row = 0; row < rows; row++)
        {
            var sum = 0.0;
            for (var k = 0; k < width; k++)
            {
                sum += expected[(row * width) + k] * Factor(k);
            }

            for (var k = 0; k < width; k++)
            {
                expected[(row * width) + k] = (float)(expected[(row * width) + k] * Factor(k) * (1 / (sum * 12)));
            }
        }

        Sinkhorn.Normalize(values, sums, 12, last: false);
        Assert.Equal(expected, values);

        double Factor(int k) => sums[k] == 0 ? 0 : 1 / (sums[k] * width);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Cross_entropy_is_that_of_one_value_after_another(int rows, int width)
    {
        var (logits, targets, gradient) = (
            Draw(8, rows * width),
            Array.ConvertAll(Draw(9, rows * width), Math.Abs),
            new float[rows * width]
        );
        var total = PrototypeCrossEntropy.SumAndGradient(logits, targets, width, 0.1f, 0.7f, gradient);
        var expected = 0.0;
        var row = new float[width];
        for (var start = 0; start < logits.Length; start += width)
        {
            TensorPrimitives.Divide(logits.AsSpan(start, width), 0.1f, row);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);
            var (dot, mass, partition) = (0.0, 0.0, 0.0);
            for (var k = 0; k < width; k++)
            {
                dot += (double)targets[start + k] * row[k];
                mass += targets[start + k];
            }

            TensorPrimitives.Exp<float>(row, row);
            Array.ForEach(row, value => partition += value);
            expected += (mass * Math.Log(partition)) - dot;
            for (var k = 0; k < width; k++)
            {
                Assert.Equal(0.7f / 0.1f * ((row[k] * (float)(mass / partition)) - targets[start + k]), gradient[start + k]);
            }
        }

        Assert.Equal(expected, total);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Masked_reconstruction_is_that_of_one_value_after_another(int rows, int width)
    {
        const float scale = 0.3f;
        var (values, clean) = (Draw(6, rows * width), Draw(7, rows * width));
        clean[0] = values[0];
        // Stretches of a whole vector without a masked value.
        float[] mask = [.. Enumerable.Range(0, rows * width).Select(i => i / 20 % 3 == 0 && i % 4 != 1 ? 1f : 0f)];
        var gradient = new float[rows * width];
        var sum = MaskedReconstruction.SumAndGradient(values, clean, mask, scale, gradient);
        var expected = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = values[i] - clean[i];
            expected += mask[i] * Math.Abs(difference);
            Assert.Equal(scale * Math.Sign(difference) * mask[i], gradient[i]);
        }

        Assert.Equal(expected, sum);
    }

    [Fact]
    public void A_reconstruction_that_is_not_finite_shows_inside_and_outside_of_the_mask()
    {
        foreach (var (at, masked) in new[] { (3, true), (3, false), (37, true), (37, false) })
        {
            var (values, mask) = (new float[40], new float[40]);
            values[at] = float.NaN;
            mask[at] = masked ? 1 : 0;
            var gradient = new float[40];
            Assert.True(double.IsNaN(MaskedReconstruction.SumAndGradient(values, new float[40], mask, 1, gradient)));
            Assert.True(float.IsNaN(gradient[at]));
        }
    }

    private static float[] Draw(int stream, int count)
    {
        var values = new float[count];
        new PhiloxStream(3, DrawPurpose.Preflight, 0, stream).FillGaussian(values);
        return values;
    }
}
