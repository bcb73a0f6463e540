using Orchestrator.Pretraining.Heads;

namespace Orchestrator.Pretraining.Methods.Contrastive;

/// <summary>What one shard's rows become in a <see cref="BatchNormMlp"/>, layer by layer, and the gradients on the way back.</summary>
public sealed class MlpTrace
{
    /// <param name="rows">Of the shard: views × micro-batch.</param>
    /// <param name="widths">Input, hidden …, output.</param>
    public MlpTrace(int rows, IReadOnlyList<int> widths)
    {
        Rows = rows;
        Values = [.. widths.Select(width => new float[rows * width])];
        Normalized = [.. widths.Skip(1).Select(width => new float[rows * width])];
        Weights = [.. widths.Skip(1).Select((width, l) => new float[width * widths[l]])];
        Scales = [.. widths.Skip(1).Select(width => new float[width])];
        Shifts = [.. widths.Skip(1).Select(width => new float[width])];
    }

    public int Rows { get; }

    /// <summary><c>[rows, width]</c>: the input, each layer's output; on the way back their gradients.</summary>
    public float[][] Values { get; }

    /// <summary>Each layer's normalized values before scale and shift, <c>[rows, out]</c>; on the way back their gradients.</summary>
    public float[][] Normalized { get; }

    /// <summary>The shard's part of each layer's weight gradient, <c>[out, in]</c>.</summary>
    public float[][] Weights { get; }

    /// <summary>The shard's part of each layer's scale gradient.</summary>
    public float[][] Scales { get; }

    /// <summary>The shard's part of each layer's shift gradient.</summary>
    public float[][] Shifts { get; }

    public float[] Input => Values[0];

    public float[] Output => Values[^1];
}
