using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.Contrastive;

/// <summary>
/// Runs a <see cref="BatchNormMlp"/> forward and back over the global batch: products in each shard, batch-norm sums through the shard tree, in
/// float64. So its bits do not depend on how many ranks share the shards. Rows are view-major; statistics are of each view, or of both.
/// </summary>
/// <param name="trace">A shard's values of this MLP.</param>
/// <param name="groups">Groups of rows with statistics of their own: the views, or 1.</param>
internal sealed class GlobalMlp(Func<ShardWork, MlpTrace> trace, int groups)
{
    private readonly Dictionary<int, double[]> inverseDeviations = [];

    /// <summary>Fills every layer's values from the input.</summary>
    public void Forward(StepContext step, BatchNormMlp mlp)
    {
        for (var l = 0; l < mlp.Layers.Count; l++)
        {
            var (layer, index) = (mlp.Layers[l], l);
            step.ForEachShard(work => Multiply(trace(work), layer, index));
            var (mean, inverse) = Statistics(step, layer.Outputs, index);
            inverseDeviations[l] = inverse;
            step.ForEachShard(work => Normalize(trace(work), layer, index, mean, inverse));
        }
    }

    /// <summary>
    /// From the gradient in <see cref="MlpTrace.Output"/> to that of the input and the shard's parts of the parameters' gradients. The outputs of
    /// the layers are lost.
    /// </summary>
    public void Backward(StepContext step, BatchNormMlp mlp)
    {
        for (var l = mlp.Layers.Count - 1; l >= 0; l--)
        {
            var (layer, index) = (mlp.Layers[l], l);
            var (outputs, inverse) = (layer.Outputs, inverseDeviations[l]);
            step.ForEachShard(work => Affine(trace(work), layer, index));
            // Σ g and Σ g · x̂ of the global batch, a pair a column and group.
            var sums = step
                .Sums.Sum(2 * groups * outputs, (i, vector) => AddGradientSums(trace(step.Local[i]), index, outputs, vector))
                .ToArray();
            var rows = Rows(step);
            step.ForEachShard(work => BackwardShard(trace(work), layer, index, inverse, sums, rows));
        }
    }

    private static void Multiply(MlpTrace shard, BatchNormLayer layer, int l)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var product = matmul(AlignedTensor.Of(shard.Values[l], shard.Rows, layer.Inputs), layer.Weight.t());
        MemoryMarshal.Cast<byte, float>(product.contiguous().bytes).CopyTo(shard.Normalized[l]);
    }

    /// <summary>Mean and 1 / √(variance + ε) of each column and group.</summary>
    private (double[] Mean, double[] Inverse) Statistics(StepContext step, int outputs, int l)
    {
        var rows = Rows(step);
        var sums = step.Sums.Sum(groups * outputs, (i, vector) => AddValues(trace(step.Local[i]).Normalized[l], outputs, vector)).ToArray();
        var mean = Array.ConvertAll(sums, sum => sum / rows);
        var squares = step
            .Sums.Sum(groups * outputs, (i, vector) => AddSquares(trace(step.Local[i]).Normalized[l], outputs, mean, vector))
            .ToArray();
        return (mean, Array.ConvertAll(squares, sum => 1 / Math.Sqrt((sum / rows) + BatchNormMlp.Epsilon)));
    }

    private void Normalize(MlpTrace shard, BatchNormLayer layer, int l, double[] mean, double[] inverse)
    {
        var (outputs, values, normalized) = (layer.Outputs, shard.Values[l + 1], shard.Normalized[l]);
        var scale = Floats(layer.Scale);
        var shift = Floats(layer.Shift);
        for (var i = 0; i < values.Length; i++)
        {
            var (column, at) = (i % outputs, At(i, values.Length, outputs));
            normalized[i] = (float)((normalized[i] - mean[at]) * inverse[at]);
            var value = scale.IsEmpty ? normalized[i] : (normalized[i] * scale[column]) + shift[column];
            values[i] = layer.IsLast ? value : Math.Max(value, 0);
        }
    }

    /// <summary>Back through ReLU, scale and shift; the gradient of the normalized values stands in the output's place.</summary>
    private static void Affine(MlpTrace shard, BatchNormLayer layer, int l)
    {
        var (outputs, gradient, normalized) = (layer.Outputs, shard.Values[l + 1], shard.Normalized[l]);
        var scale = Floats(layer.Scale);
        var shift = Floats(layer.Shift);
        Array.Clear(shard.Scales[l]);
        Array.Clear(shard.Shifts[l]);
        if (scale.IsEmpty)
        {
            return;
        }

        for (var i = 0; i < gradient.Length; i++)
        {
            var column = i % outputs;
            var active = (normalized[i] * scale[column]) + shift[column] > 0;
            var value = active ? gradient[i] : 0;
            shard.Scales[l][column] += value * normalized[i];
            shard.Shifts[l][column] += value;
            gradient[i] = value * scale[column];
        }
    }

    private void AddGradientSums(MlpTrace shard, int l, int outputs, Span<double> sums)
    {
        var (gradient, normalized) = (shard.Values[l + 1], shard.Normalized[l]);
        for (var i = 0; i < gradient.Length; i++)
        {
            var at = 2 * At(i, gradient.Length, outputs);
            sums[at] += gradient[i];
            sums[at + 1] += (double)gradient[i] * normalized[i];
        }
    }

    private void BackwardShard(MlpTrace shard, BatchNormLayer layer, int l, double[] inverse, double[] sums, double rows)
    {
        var (outputs, gradient, normalized) = (layer.Outputs, shard.Values[l + 1], shard.Normalized[l]);
        for (var i = 0; i < gradient.Length; i++)
        {
            var at = At(i, gradient.Length, outputs);
            gradient[i] = (float)(inverse[at] * (gradient[i] - ((sums[2 * at] + (normalized[i] * sums[(2 * at) + 1])) / rows)));
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var product = AlignedTensor.Of(gradient, shard.Rows, outputs);
        // The input of the first layer, and the outputs of the others, are still there.
        var input = AlignedTensor.Of(shard.Values[l], shard.Rows, layer.Inputs);
        MemoryMarshal.Cast<byte, float>(matmul(product.t(), input).contiguous().bytes).CopyTo(shard.Weights[l]);
        MemoryMarshal.Cast<byte, float>(matmul(product, layer.Weight).contiguous().bytes).CopyTo(shard.Values[l]);
    }

    private void AddValues(float[] values, int outputs, Span<double> sums)
    {
        for (var i = 0; i < values.Length; i++)
        {
            sums[At(i, values.Length, outputs)] += values[i];
        }
    }

    private void AddSquares(float[] values, int outputs, double[] mean, Span<double> sums)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var at = At(i, values.Length, outputs);
            sums[at] += (values[i] - mean[at]) * (values[i] - mean[at]);
        }
    }

    /// <summary>Rows of the global batch that a group's statistics are of.</summary>
    private double Rows(StepContext step) => (double)trace(step.Local[0]).Rows / groups * step.Shards;

    /// <summary>The place of a value's column and group among the sums.</summary>
    private int At(int i, int length, int outputs) => ((int)((long)i * groups / length) * outputs) + (i % outputs);

    private static ReadOnlySpan<float> Floats(Tensor? tensor) => tensor is null ? [] : MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
