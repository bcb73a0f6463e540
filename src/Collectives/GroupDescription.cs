using System.Text;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives;

/// <summary>What a rank has to know to meet the others of its generation.</summary>
public sealed record GroupDescription
{
    /// <summary>Opaque name that all members share; at most 128 UTF-8 bytes.</summary>
    public required string GroupId { get; init; }

    /// <summary>Number of the generation. Frames of any other are refused.</summary>
    public required long Generation { get; init; }

    /// <summary>32 bytes that a connection must present.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Own place in Members.</summary>
    public required int Rank { get; init; }

    /// <summary>All ranks, in rank order; their ranges are a partition of the shards.</summary>
    public required IReadOnlyList<GroupMember> Members { get; init; }

    /// <summary>Shards of a step, a power of two.</summary>
    public required int Shards { get; init; }

    /// <summary>Longest time until all connections stand (10 s).</summary>
    public TimeSpan ConnectDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for one peer's next bytes (120 s); see <see cref="ProcessGroup.Deadline"/>.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Whether memory is shared with ranks on this machine (true); else all goes by TCP.</summary>
    public bool SharedMemory { get; init; } = true;

    /// <summary>
    /// Memory of this process from which sums are read where they lie, by ranks on this machine that find it; null for none. Buffers that are not in it, and ranks that do not find it, are
    /// served as without.
    /// </summary>
    public SharedArena? Arena { get; init; }

    /// <summary>Most lanes a group may have.</summary>
    public const int MostLanes = 16;

    /// <summary>
    /// In how many slices large payloads are summed at once (1), each on a thread of its own and over a connection (or shared memory) of its own with every peer. The
    /// group has as many as the rank with the fewest.
    /// </summary>
    public int Lanes { get; init; } = 1;

    /// <summary>Where it lies, if elsewhere than usual.</summary>
    internal SharedMemoryPlace? Place { get; init; }

    /// <summary>Instead of this machine's identity: a rank that pretends so shares memory only with those that pretend the same, and counts as on their host.</summary>
    internal string? PretendedHost { get; init; }

    /// <summary>Where bytes are counted.</summary>
    public IFrameTraffic? Traffic { get; init; }

    /// <summary>What is out of its bounds, or null.</summary>
    internal string? Problem()
    {
        if (Rank < 0 || Rank >= Members.Count)
        {
            return $"rank {Rank} is none of the {Members.Count} members";
        }

        if (Secret.Length != HelloCodec.SecretLength)
        {
            return $"the secret has {Secret.Length} bytes, {HelloCodec.SecretLength} were expected";
        }

        if (Encoding.UTF8.GetByteCount(GroupId) > FrameCodec.MaxGroupId)
        {
            return $"group id \"{GroupId}\" is longer than {FrameCodec.MaxGroupId} bytes";
        }

        if (Lanes is < 1 or > MostLanes)
        {
            return $"{Lanes} lanes; 1 to {MostLanes} were expected";
        }

        if (ConnectDeadline <= TimeSpan.Zero || Deadline <= TimeSpan.Zero)
        {
            return "deadlines must be positive";
        }

        if (Members.Select(member => member.Name).Distinct(StringComparer.Ordinal).Count() != Members.Count)
        {
            return "two members have one name";
        }

        return Members.FirstOrDefault(member => Encoding.UTF8.GetByteCount(member.Name) > HelloCodec.MaxName) is { } tooLong
            ? $"member name \"{tooLong.Name}\" is longer than {HelloCodec.MaxName} bytes"
            : null;
    }
}
