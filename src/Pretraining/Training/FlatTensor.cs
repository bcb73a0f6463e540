using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// One flat float32 buffer of a parameter layout, seen as torch tensors and as raw host memory at once. Each tensor starts on 64 bytes;
/// the padding between them stays zero. Zero at first. Where it is given an arena it lies in that, so that ranks of the host read it where it lies.
/// </summary>
public sealed unsafe class FlatTensor : IDisposable
{
    private readonly Tensor flat;
    private readonly HostMemory memory;

    /// <param name="arena">Null for torch's own memory.</param>
    /// <exception cref="IOException">The arena has no memory for it.</exception>
    public FlatTensor(ParameterLayout layout, SharedArena? arena = null)
    {
        // Holds what narrow makes while view reads it: else the collector may finalize it meanwhile.
        using var scope = NewDisposeScope();
        Layout = layout;
        flat = (
            arena is null ? zeros(layout.TotalLength, dtype: ScalarType.Float32) : SharedTensor.Of(arena.Take<float>(layout.TotalLength))
        ).DetachFromDisposeScope();
        var bytes = flat.bytes;
        Host = new HostBuffer<float>((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), layout.TotalLength);
        memory = new HostMemory(Host, this);
        Views = [.. layout.Segments.Select(s => flat.narrow(0, s.Offset, s.Length).view(s.Shape).DetachFromDisposeScope())];
    }

    public ParameterLayout Layout { get; }

    /// <summary>The whole buffer.</summary>
    public HostBuffer<float> Host { get; }

    /// <summary>One tensor a segment, in layout order, sharing the memory.</summary>
    public IReadOnlyList<Tensor> Views { get; }

    public Span<float> this[ParameterSegment segment] => Host.Span.Slice(segment.Offset, segment.Length);

    /// <summary>A segment where it lies, for what takes no span; not to be used once this is disposed.</summary>
    public ReadOnlyMemory<float> Memory(ParameterSegment segment) => memory.Memory.Slice(segment.Offset, segment.Length);

    public void Clear() => Host.Span.Clear();

    public void Dispose()
    {
        foreach (var view in Views)
        {
            view.Dispose();
        }

        ((IDisposable)memory).Dispose();
        flat.Dispose();
    }
}
