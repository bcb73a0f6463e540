namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Where segments lie, and how large their rings are.</summary>
/// <param name="Directory">A file system in memory.</param>
/// <param name="RingBytes">Bytes of one direction, a multiple of 4096.</param>
internal sealed record SharedMemoryPlace(string Directory, long RingBytes)
{
    public const string DefaultDirectory = "/dev/shm";
    private const long Page = 4096;

    /// <summary>What peers are offered to read where it lies; null for nothing.</summary>
    public SharedArena? Arena { get; init; }

    /// <summary>Where peers' arenas are found.</summary>
    public string Processes { get; init; } = "/proc";

    /// <summary>/dev/shm, with rings that hold what ranks of such a world may send ahead: 2.8 MiB each way between two, 0.6 MiB between eight.</summary>
    public static SharedMemoryPlace For(int world) => new(DefaultDirectory, SegmentRing.BytesFor(TreeAllReduce.MostUnread(world), Page));
}
