namespace Orchestrator.Collectives.Nccl;

/// <summary>One rank's place in the communicator of a generation.</summary>
public sealed record NcclMembership
{
    /// <summary>What <see cref="NcclLibrary.NewUniqueId"/> gave one of the ranks; the same for all, and for no other generation.</summary>
    public required byte[] UniqueId { get; init; }

    /// <summary>Number of the generation, for messages.</summary>
    public required long Generation { get; init; }

    /// <summary>Own place in Names.</summary>
    public required int Rank { get; init; }

    /// <summary>Names of all ranks, in rank order.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Longest time until all have joined (30 s): NCCL looks at the machine's wiring meanwhile.</summary>
    public TimeSpan ConnectDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The other ranks, for messages.</summary>
    internal IReadOnlyList<string> Peers =>
        [.. Names.Index().Where(name => name.Index != Rank).Select(name => $"{name.Item} (rank {name.Index})")];

    /// <summary>What is out of its bounds, or null.</summary>
    internal string? Problem() =>
        UniqueId.Length != NcclLibrary.UniqueIdBytes
            ? $"the unique id has {UniqueId.Length} bytes, {NcclLibrary.UniqueIdBytes} were expected"
        : Rank < 0 || Rank >= Names.Count ? $"rank {Rank} is none of the {Names.Count} ranks"
        : ConnectDeadline <= TimeSpan.Zero ? "the connect deadline must be positive"
        : null;
}
