using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Sums the ranks' subtrees of a part of the gradient. With a wire of bf16 they cross ranks as numbers of 16 bits, which they are already
/// (<see cref="GradientTree"/>): half of the bytes.
/// </summary>
/// <param name="wire">What the numbers cross ranks as.</param>
public sealed class GradientWire(ProcessGroup group, Precision wire) : IDisposable
{
    private readonly AlignedBuffer<BFloat16>?[] narrow = new AlignedBuffer<BFloat16>?[group.Cover.Count];
    private readonly HostBuffer<BFloat16>[] contributions = new HostBuffer<BFloat16>[group.Cover.Count];

    /// <summary>What the numbers cross ranks as.</summary>
    public Precision Wire => wire;

    /// <summary>The sum over all ranks.</summary>
    /// <param name="subtrees">This rank's, in the order of its cover. The first gets the sum.</param>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public void Sum(ReadOnlySpan<HostBuffer<float>> subtrees)
    {
        if (wire != Precision.Bf16 || group.WorldSize == 1)
        {
            group.AllReduce(FrameKind.Gradient, subtrees, subtrees[0]);
            return;
        }

        for (var part = 0; part < subtrees.Length; part++)
        {
            contributions[part] = Room(part, subtrees[part].Length);
            BFloat16.Narrow(subtrees[part].Span, contributions[part].Span);
        }

        group.AllReduce<BFloat16>(FrameKind.Gradient, contributions, contributions[0]);
        BFloat16.Widen(contributions[0].Span, subtrees[0].Span);
    }

    public void Dispose()
    {
        foreach (var buffer in narrow)
        {
            buffer?.Dispose();
        }
    }

    private HostBuffer<BFloat16> Room(int part, int length)
    {
        if (narrow[part] is not { } buffer || buffer.Length < length)
        {
            narrow[part]?.Dispose();
            narrow[part] = null;
            narrow[part] = buffer = new AlignedBuffer<BFloat16>(length);
        }

        return buffer.Host.Slice(0, length);
    }
}
