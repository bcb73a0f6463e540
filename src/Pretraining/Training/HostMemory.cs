using System.Buffers;
using Orchestrator.Collectives;

namespace Orchestrator.Pretraining.Training;

/// <summary>A flat tensor's memory where <see cref="Memory{T}"/> is due. It keeps its owner alive, and is not to be used once that is disposed.</summary>
internal sealed unsafe class HostMemory(HostBuffer<float> buffer, object owner) : MemoryManager<float>
{
    public object Owner => owner;

    public override Span<float> GetSpan() => buffer.Span;

    public override MemoryHandle Pin(int elementIndex = 0) => new(buffer.Pointer + elementIndex);

    public override void Unpin() { }

    protected override void Dispose(bool disposing) { }
}
