namespace Orchestrator.Worker.Ranks;

/// <summary>Deadlines of a rank (docs/protocol.md has the table). Defaults beside each.</summary>
public sealed record RankTimes
{
    /// <summary>All peers of a generation connected, 10 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A peer that opens its data or copies the state, 300 s.</summary>
    public TimeSpan Forming { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>A byte of a copy, 5 s.</summary>
    public TimeSpan Copy { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ready without Start, 2 s; then the rank begins by itself. It may: the preflight exchange that made it ready came from every member, each
    /// with the base and all connections. So one Start that is lost with its worker's control link breaks nothing up.
    /// </summary>
    public TimeSpan StartGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A checkpoint that cannot be read is tried again every 2 s, for 30 s.</summary>
    public TimeSpan ReadAgain { get; init; } = TimeSpan.FromSeconds(2);
    public TimeSpan ReadGiveUp { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The last step's checkpoint after a failure, 5 s.</summary>
    public TimeSpan WriteAgain { get; init; } = TimeSpan.FromSeconds(5);
}
