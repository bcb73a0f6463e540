using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// Memory that two ranks of a host have both mapped: a page of its own for what it is, then a ring each way. The file has a random name, belongs to its
/// user alone, and loses its name as soon as both have it open, so that nothing is left of processes that are killed (and see <see cref="LeftSegments"/>).
/// </summary>
internal sealed unsafe class SharedSegment : IDisposable
{
    private const string Prefix = "orchestrator-";
    private const string LinuxOnly = "memory is shared on Linux only";
    private const int NameBytes = 16;
    private const long Page = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // "OSM" and version 1.
    private const int Magic = 0x014D534F;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly string path;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly bool creator;

    private SharedSegment(string path, FileStream file, bool creator)
    {
        this.path = path;
        this.creator = creator;
        RingBytes = (file.Length - Page) / 2;
        map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadWrite);
        byte* first = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        start = first;
    }

    /// <summary>The file's name in its directory.</summary>
    public string Name => Path.GetFileName(path);

    /// <summary>Bytes of one ring, with its control words.</summary>
    public long RingBytes { get; }

    /// <summary>What this side sends.</summary>
    public SegmentRing Outgoing => new(start + Page + (creator ? 0 : RingBytes), RingBytes);

    /// <summary>What this side receives.</summary>
    public SegmentRing Incoming => new(start + Page + (creator ? RingBytes : 0), RingBytes);

    /// <summary>A new one, all of its memory reserved.</summary>
    /// <exception cref="IOException">There is no such directory, or no room in it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static SharedSegment Create(SharedMemoryPlace place)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new IOException(LinuxOnly);
        }

        LeftSegments.Remove(place.Directory);
        string at = Path.Combine(place.Directory, RandomName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = OwnerOnly,
            BufferSize = 0,
        };
        var file = new FileStream(at, options);
        try
        {
            Reserve(file, place);
            var segment = new SharedSegment(at, file, creator: true);
            *(int*)segment.start = Magic;
            return segment;
        }
        catch
        {
            File.Delete(at);
            file.Dispose();
            throw;
        }
    }

    /// <summary>The one that a peer has made; its name is taken away.</summary>
    /// <exception cref="IOException">It is not here, or is no segment.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static SharedSegment Open(SharedMemoryPlace place, string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new IOException(LinuxOnly);
        }

        if (!IsName(name))
        {
            throw new IOException($"'{name}' is no segment's name");
        }

        string at = Path.Combine(place.Directory, name);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        var file = new FileStream(at, options);
        try
        {
            File.Delete(at);
            if (File.GetUnixFileMode(file.SafeFileHandle) != OwnerOnly || file.Length != Page + (2 * place.RingBytes))
            {
                throw new IOException($"{at} is no segment of {Page + (2 * place.RingBytes)} bytes for its owner alone");
            }

            var segment = new SharedSegment(at, file, creator: false);
            if (*(int*)segment.start != Magic)
            {
                segment.Dispose();
                throw new IOException($"{at} is no segment of this version");
            }

            return segment;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A name that nobody guesses.</summary>
    public static string RandomName() => Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));

    /// <summary>Whether a name can be one: nothing that leads out of the directory.</summary>
    public static bool IsName(string name) =>
        name.Length == Prefix.Length + (2 * NameBytes)
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && name.AsSpan(Prefix.Length).IndexOfAnyExcept(Digits) < 0;

    /// <summary>Takes the name away: what has the file open keeps it.</summary>
    public void Unlink() => File.Delete(path);

    /// <summary>Unmaps it. Nobody may be reading or writing.</summary>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }

    // Reserved now: memory that is missing later would be a signal that ends the process.
    private static void Reserve(FileStream file, SharedMemoryPlace place)
    {
        long bytes = Page + (2 * place.RingBytes);
        if (MemoryFile.Reserve(file.SafeFileHandle, 0, bytes) is not 0 and var error)
        {
            throw new IOException($"{place.Directory} has no room for {bytes} bytes (error {error})");
        }
    }
}
