using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>A peer's arena, mapped to be read only. It stays as long as it is mapped, whatever becomes of the peer.</summary>
internal sealed unsafe class ArenaView : IDisposable
{
    private readonly FileMapping map;
    private readonly long length;

    private ArenaView(SafeFileHandle file)
    {
        length = RandomAccess.GetLength(file);
        map = new FileMapping(file, length, writable: false);
    }

    /// <summary>The one at an address that a peer told.</summary>
    /// <exception cref="IOException">It is not to be found from here (the peer is in another container, or has ended), or is none.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static ArenaView Open(SharedMemoryPlace place, string address)
    {
        if (ArenaAddress.Parse(address) is not { } told)
        {
            throw new IOException($"'{address}' is no arena's address");
        }

        // Looked at before it is opened: another process may have that number here, and what it has open may be anything.
        string at = Path.Combine(place.Processes, $"{told.Process}", "fd", $"{told.Descriptor}");
        RequireName(at, told.Name);
        using SafeFileHandle file = File.OpenHandle(at, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        RequireName($"/proc/self/fd/{file.DangerousGetHandle()}", told.Name);
        return MemoryFile.KeepsItsLength(file)
            ? new ArenaView(file)
            : throw new IOException($"{at} is no arena: it might become shorter while it is read");
    }

    /// <summary>The peer's bytes [at, at + count); false where that is not inside of the arena.</summary>
    public bool TryRead(long at, int count, out HostBuffer<byte> memory)
    {
        bool inside = at >= 0 && count >= 0 && at <= length - count;
        memory = inside ? new HostBuffer<byte>(map.Start + at, count) : default;
        return inside;
    }

    /// <summary>Unmaps it. Nobody may be reading.</summary>
    public void Dispose() => map.Dispose();

    private static void RequireName(string at, string name)
    {
        if (new FileInfo(at).LinkTarget != MemoryFile.LinkOf(name))
        {
            throw new IOException($"{at} is not the arena {name}");
        }
    }
}
