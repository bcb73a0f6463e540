using MessagePack;

namespace Orchestrator.Worker.Recovery;

/// <summary>What stands before a committed step; the gradient follows in chunks of raw little-endian floats, then each part of the statistics.</summary>
/// <param name="Generation">That committed it.</param>
/// <param name="Latest">Completed steps of the source when this was sent.</param>
/// <param name="GradientLength">Floats; 0: the step was not applied.</param>
/// <param name="Parts">Statistics, in the order in which they follow.</param>
[MessagePackObject]
public sealed record CommitHeader(
    [property: Key(0)] long Generation,
    [property: Key(1)] long Latest,
    [property: Key(2)] int GradientLength,
    [property: Key(3)] IReadOnlyList<StatePart> Parts
);
