namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>Bits of a ring's state word.</summary>
[Flags]
internal enum RingState
{
    /// <summary>Frames may come.</summary>
    Open = 0,

    /// <summary>The writer has left; what it wrote may still be read.</summary>
    Closed = 1,

    /// <summary>The writer has ended the generation.</summary>
    Aborted = 2,

    /// <summary>Somebody sleeps on the ring's signal.</summary>
    Sleeper = 4,
}
