namespace Orchestrator.Collectives;

/// <summary>Numbers in a <see cref="SharedArena"/>: a buffer like <see cref="AlignedBuffer{T}"/>, which peers of the host read where it lies. Dispose gives the memory back.</summary>
public sealed class SharedBlock<T> : IDisposable
    where T : unmanaged
{
    private readonly SharedArena arena;
    private readonly HostBuffer<T> host;
    private readonly long at;
    private readonly long bytes;
    private int returned;

    internal SharedBlock(SharedArena arena, long at, long bytes, HostBuffer<T> host)
    {
        (this.arena, this.at, this.bytes) = (arena, at, bytes);
        this.host = host;
    }

    /// <summary>The memory; valid until Dispose.</summary>
    public HostBuffer<T> Host
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref returned) != 0, this);
            return host;
        }
    }

    /// <summary>The elements; valid until Dispose.</summary>
    public Span<T> Span => Host.Span;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref returned, 1) == 0)
        {
            arena.Return(at, bytes);
        }
    }
}
