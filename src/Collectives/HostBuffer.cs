namespace Orchestrator.Collectives;

/// <summary>Numbers in host memory that does not move (native, or pinned by its owner). It owns nothing: the memory must outlive every call that gets it.</summary>
public readonly unsafe struct HostBuffer<T>
    where T : unmanaged
{
    /// <param name="pointer">First element.</param>
    /// <param name="length">Elements, ≥ 0.</param>
    public HostBuffer(T* pointer, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Pointer = pointer;
        Length = length;
    }

    /// <summary>First element.</summary>
    public T* Pointer { get; }

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>The elements, for reading and writing.</summary>
    public Span<T> Span => new(Pointer, Length);

    /// <summary>The same memory as bytes (under 2 GiB).</summary>
    public HostBuffer<byte> Bytes => new((byte*)Pointer, checked(Length * sizeof(T)));

    /// <summary>Elements [start, start + length) of the same memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice leaves the buffer.</exception>
    public HostBuffer<T> Slice(int start, int length)
    {
        if ((uint)start > (uint)Length || (uint)length > (uint)(Length - start))
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"[{start}, {(long)start + length}) leaves a buffer of {Length} elements."
            );
        }

        return new HostBuffer<T>(Pointer + start, length);
    }
}
