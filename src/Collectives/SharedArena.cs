using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Orchestrator.Collectives.Transport.SharedMemory;

namespace Orchestrator.Collectives;

/// <summary>
/// Memory of this process that ranks of its host read where it lies: sums of it are not copied to be sent. A file in memory without a name in any directory, which peers
/// find among this process's open files (/proc), map to be read only, and which is gone with the last of them, however they end. It takes addresses at first, and memory with each block.
/// Outlives groups. Thread-safe.
/// </summary>
public sealed unsafe class SharedArena : IDisposable
{
    private readonly Lock gate = new();
    private readonly SafeFileHandle file;
    private readonly FileMapping map;
    private readonly FreeExtents free;
    private readonly byte* start;
    private int blocks;
    private bool disposed;
    private bool unmapped;

    /// <param name="capacity">Most bytes of all blocks together; as many as this machine or container has memory, where it is not given.</param>
    /// <exception cref="IOException">This system has no such memory.</exception>
    public SharedArena(long? capacity = null)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            throw new IOException("memory is shared on 64-bit Linux only");
        }

        Capacity = WholePages(capacity ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        free = new FreeExtents(Capacity);
        string name = SharedSegment.RandomName();
        file = MemoryFile.Create(name, Capacity);
        try
        {
            map = new FileMapping(file, Capacity, writable: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        start = map.Start;
        Address = new ArenaAddress(Environment.ProcessId, (int)file.DangerousGetHandle(), name);
    }

    /// <summary>Most bytes of all blocks together.</summary>
    public long Capacity { get; }

    /// <summary>Where peers find it.</summary>
    internal ArenaAddress Address { get; }

    /// <summary>A zeroed block that starts on a page, on a large one where it fills one; its memory is there at once.</summary>
    /// <param name="length">Elements, ≥ 0.</param>
    /// <exception cref="IOException">There is no memory for it.</exception>
    public SharedBlock<T> Take<T>(int length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long bytes = WholePages(Math.Max(1, (long)length * sizeof(T)));
        long at;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            at = free.Take(bytes, bytes >= FileMapping.LargePage ? FileMapping.LargePage : 1);
            blocks += at < 0 ? 0 : 1;
        }

        if (at < 0)
        {
            throw new IOException($"an arena of {Capacity} bytes has no room for {bytes} more");
        }

        if (MemoryFile.Reserve(file, at, bytes) is not 0 and var error)
        {
            Return(at, bytes);
            throw new IOException($"there is no shared memory for {bytes} bytes (error {error})");
        }

        if (bytes >= FileMapping.LargePage)
        {
            MemoryFile.TryUseLargePages((nint)(start + at), bytes);
        }

        return new SharedBlock<T>(this, at, bytes, new HostBuffer<T>((T*)(start + at), length));
    }

    /// <summary>No block can be taken from here on. The memory goes with the last block that is given back.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            UnmapIfUnused();
        }
    }

    /// <summary>Where in the arena some memory lies; −1 where it is not in it.</summary>
    internal long Locate(HostBuffer<byte> memory)
    {
        long at = memory.Pointer - start;
        return at >= 0 && at <= Capacity - memory.Length ? at : -1;
    }

    internal void Return(long at, long bytes)
    {
        // Whoever takes it next finds zeros.
        if (!MemoryFile.TryGiveBack(file, at, bytes))
        {
            NativeMemory.Clear(start + at, (nuint)bytes);
        }

        lock (gate)
        {
            free.Give(at, bytes);
            blocks--;
            UnmapIfUnused();
        }
    }

    private static long WholePages(long bytes) =>
        (bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    private void UnmapIfUnused()
    {
        if (disposed && blocks == 0 && !unmapped)
        {
            unmapped = true;
            map.Dispose();
            file.Dispose();
        }
    }
}
