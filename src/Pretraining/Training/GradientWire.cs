using Orchestrator.Collectives;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Sums the ranks' subtrees of a part of the gradient. With a wire of bf16 they cross ranks as numbers of 16 bits, which they are already
/// (<see cref="GradientTree"/>): half of the bytes. These lie where the group's peers read them, if any does.
/// </summary>
/// <param name="wire">What the numbers cross ranks as.</param>
public sealed class GradientWire(ProcessGroup group, Precision wire) : IDisposable
{
    private readonly HostBuffer<BFloat16>[] narrow = new HostBuffer<BFloat16>[group.Cover.Count];
    private readonly IDisposable?[] owners = new IDisposable?[group.Cover.Count];
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
        foreach (var owner in owners)
        {
            owner?.Dispose();
        }
    }

    private HostBuffer<BFloat16> Room(int part, int length)
    {
        if (narrow[part].Length < length)
        {
            owners[part]?.Dispose();
            (owners[part], narrow[part]) = (null, default);
            (owners[part], narrow[part]) = Make(length);
        }

        return narrow[part].Slice(0, length);
    }

    // Where there is no shared memory left, this one is sent as any other.
    private (IDisposable Owner, HostBuffer<BFloat16> Memory) Make(int length)
    {
        try
        {
            if (group.Arena?.Take<BFloat16>(length) is { } block)
            {
                return (block, block.Host);
            }
        }
        catch (IOException)
        {
            // As below.
        }

        var buffer = new AlignedBuffer<BFloat16>(length);
        return (buffer, buffer.Host);
    }
}
