using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// A file in memory, mapped from an address at which its large pages are mapped as such (2 MiB; the runtime's own mappings start on any page of 4 KiB). With large pages all-reduces of 64 MiB took a
/// third to two thirds of the time (docs/performance.md).
/// </summary>
internal sealed unsafe class FileMapping : IDisposable
{
    /// <summary>Bytes of a large page.</summary>
    public const long LargePage = 2 << 20;

    private readonly nint room;
    private readonly long reserved;

    /// <param name="file">May be closed afterwards.</param>
    /// <param name="length">Of the file.</param>
    /// <param name="writable">Else it is mapped to be read only.</param>
    /// <exception cref="IOException">There are not so many addresses, or the file may not be mapped.</exception>
    public FileMapping(SafeFileHandle file, long length, bool writable)
    {
        // So many addresses that one of a large page is among them; the file is then put over them.
        reserved = length + LargePage;
        room = MemoryFile.ReserveAddresses(reserved);
        if (room != MemoryFile.NoMap)
        {
            nint start = (nint)((room + LargePage - 1) / LargePage * LargePage);
            if (MemoryFile.MapOver(start, file, length, writable) == start)
            {
                Start = (byte*)start;
                return;
            }

            _ = MemoryFile.Unmap(room, reserved);
        }

        throw new IOException($"a file in memory of {length} bytes cannot be mapped");
    }

    /// <summary>Where the file's first byte is.</summary>
    public byte* Start { get; }

    /// <summary>Unmaps it. Nobody may be reading or writing.</summary>
    public void Dispose() => _ = MemoryFile.Unmap(room, reserved);
}
