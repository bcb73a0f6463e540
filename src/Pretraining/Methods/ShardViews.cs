using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Protocol;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>
/// The views of one shard in one step, as patches: rows view-major (all samples' view 1, then all samples' view 2), each patch in
/// (channel, row, column) order. Views of another size stand beside, in <see cref="Local"/>.
/// </summary>
public sealed class ShardViews : IDisposable
{
    /// <param name="group">Which views.</param>
    /// <param name="samples">The micro-batch.</param>
    /// <param name="local">The same samples' local views; null without.</param>
    /// <param name="targets">Numbers that the method is told of a row, classes or others; 0 where views teach themselves.</param>
    public ShardViews(ViewGroup group, int samples, ShardViews? local = null, int targets = 0)
    {
        (Group, Local) = (group, local);
        Rows = group.Count * samples;
        RowLength = group.Size.Length;
        Clean = Empty();
        Corrupted = group.IsCorrupted ? Empty() : null;
        Mask = group.IsCorrupted ? new float[Rows * RowLength] : [];
        Turns = new SampleTurn[Rows];
        Targets = new float[Rows * targets];

        Tensor Empty() => zeros([Rows, group.Grid.Count, group.PatchValues], dtype: ScalarType.Float32).DetachFromDisposeScope();
    }

    public ViewGroup Group { get; }

    /// <summary>Local views of the same samples; null without.</summary>
    public ShardViews? Local { get; }

    /// <summary>Views × samples.</summary>
    public int Rows { get; }

    /// <summary>Number of corrupted values in these views.</summary>
    public double MaskedCount { get; set; }

    /// <summary>Samples of the shard that could not be decoded; their rows show the samples that stand in for them.</summary>
    public List<DamagedSampleRow> Damaged { get; } = [];

    /// <summary>Whose turn each row is.</summary>
    public SampleTurn[] Turns { get; }

    /// <summary><c>[rows, targets]</c>: what the method is told of each row, how much of each class it is or what else it reads; empty where views teach themselves.</summary>
    public float[] Targets { get; }

    /// <summary>Whose turns the shard is made of, each once.</summary>
    public ReadOnlySpan<SampleTurn> Samples => Turns.AsSpan(0, Rows / Group.Count);

    /// <summary>Values of a row: N·C·p².</summary>
    public int RowLength { get; }

    /// <summary><c>[rows, N, C·p²]</c> float32: what the teacher sees and the student reconstructs.</summary>
    public Tensor Clean { get; }

    /// <summary><c>[rows, N, C·p²]</c> float32; null where views stay clean.</summary>
    public Tensor? Corrupted { get; }

    /// <summary>What the student sees.</summary>
    public Tensor Seen => Corrupted ?? Clean;

    /// <summary>1 where a value counts in the reconstruction loss (was corrupted), else 0; laid out as <see cref="Clean"/>. Empty where views stay clean.</summary>
    public float[] Mask { get; }

    public Span<float> CleanValues => MemoryMarshal.Cast<byte, float>(Clean.bytes);

    public Span<float> CorruptedValues => Corrupted is null ? [] : MemoryMarshal.Cast<byte, float>(Corrupted.bytes);

    public void Dispose()
    {
        Clean.Dispose();
        Corrupted?.Dispose();
        Local?.Dispose();
    }
}
