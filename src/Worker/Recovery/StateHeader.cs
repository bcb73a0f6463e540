using MessagePack;

namespace Orchestrator.Worker.Recovery;

/// <summary>What stands before a copied state; its parts follow as raw little-endian floats.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Generation">That committed the step.</param>
/// <param name="Digest">SHA-256 of the state.</param>
/// <param name="Parts">In the order in which they follow.</param>
[MessagePackObject]
public sealed record StateHeader(
    [property: Key(0)] long Step,
    [property: Key(1)] long Generation,
    [property: Key(2)] string Digest,
    [property: Key(3)] IReadOnlyList<StatePart> Parts
);

/// <param name="Name">Slot.</param>
/// <param name="Length">Floats.</param>
[MessagePackObject]
public sealed record StatePart([property: Key(0)] string Name, [property: Key(1)] int Length);
