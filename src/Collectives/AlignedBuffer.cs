using System.Runtime.InteropServices;

namespace Orchestrator.Collectives;

/// <summary>Zeroed native memory that starts on a 64-byte boundary (vector kernels give other bits elsewhere), freed by Dispose.</summary>
public sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private readonly int length;
    private T* pointer;

    /// <param name="length">Elements, ≥ 0.</param>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.length = length;
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        pointer = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, Alignment), Alignment);
        NativeMemory.Clear(pointer, bytes);
    }

    /// <summary>The memory; valid until Dispose.</summary>
    public HostBuffer<T> Host
    {
        get
        {
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return new HostBuffer<T>(pointer, length);
        }
    }

    /// <summary>The elements; valid until Dispose.</summary>
    public Span<T> Span => Host.Span;

    /// <summary>Elements.</summary>
    public int Length => length;

    public void Dispose()
    {
        NativeMemory.AlignedFree(pointer);
        pointer = null;
    }
}
