using System.Buffers;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>Lets MessagePack write into an array that is there already. What does not fit is refused by the caller's bounds on names.</summary>
internal sealed class FixedWriter(byte[] buffer) : IBufferWriter<byte>
{
    public int Written { get; private set; }

    public byte[] Buffer => buffer;

    public void Restart(int at) => Written = at;

    public void Advance(int count) => Written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => buffer.AsMemory(Written);

    public Span<byte> GetSpan(int sizeHint = 0) => buffer.AsSpan(Written);
}
