using System.IO.MemoryMappedFiles;
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
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
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
            map = MemoryMappedFile.CreateFromFile(
                file,
                null,
                0,
                MemoryMappedFileAccess.ReadWrite,
                HandleInheritability.None,
                leaveOpen: true
            );
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadWrite);
        }
        catch
        {
            map?.Dispose();
            file.Dispose();
            throw;
        }

        byte* first = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        start = first;
        Address = new ArenaAddress(Environment.ProcessId, (int)file.DangerousGetHandle(), name);
    }

    /// <summary>Most bytes of all blocks together.</summary>
    public long Capacity { get; }

    /// <summary>Where peers find it.</summary>
    internal ArenaAddress Address { get; }

    /// <summary>A zeroed block that starts on a page; its memory is there at once.</summary>
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
            at = free.Take(bytes);
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
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
            file.Dispose();
        }
    }
}
