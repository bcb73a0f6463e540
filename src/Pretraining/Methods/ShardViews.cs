using Orchestrator.Shared.Protocol;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>
/// The views of one shard in one step, as patches: rows view-major (all images' view 1, then all images' view 2), each patch in
/// (channel, row, column) order.
/// </summary>
public sealed class ShardViews : IDisposable
{
    /// <param name="rows">Views × micro-batch.</param>
    /// <param name="patches">N.</param>
    /// <param name="patchValues">C·p².</param>
    public ShardViews(int rows, int patches, int patchValues)
    {
        Rows = rows;
        RowLength = patches * patchValues;
        Clean = zeros([rows, patches, patchValues], dtype: ScalarType.Float32).DetachFromDisposeScope();
        Corrupted = zeros([rows, patches, patchValues], dtype: ScalarType.Float32).DetachFromDisposeScope();
        Mask = new float[rows * RowLength];
        Samples = new long[rows];
    }

    public int Rows { get; }

    /// <summary>Number of corrupted values in these views.</summary>
    public double MaskedCount { get; set; }

    /// <summary>Samples of the shard that could not be decoded; their rows show the samples that stand in for them.</summary>
    public List<DamagedSampleRow> Damaged { get; } = [];

    /// <summary>Sample of each row.</summary>
    public long[] Samples { get; }

    /// <summary>Values of a row: N·C·p².</summary>
    public int RowLength { get; }

    /// <summary><c>[rows, N, C·p²]</c> float32: what the teacher sees and the student reconstructs.</summary>
    public Tensor Clean { get; }

    /// <summary><c>[rows, N, C·p²]</c> float32: what the student sees.</summary>
    public Tensor Corrupted { get; }

    /// <summary>1 where a value counts in the reconstruction loss (was corrupted), else 0; laid out as <see cref="Clean"/>.</summary>
    public float[] Mask { get; }

    public Span<float> CleanValues => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Clean.bytes);

    public Span<float> CorruptedValues => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Corrupted.bytes);

    public void Dispose()
    {
        Clean.Dispose();
        Corrupted.Dispose();
    }
}
