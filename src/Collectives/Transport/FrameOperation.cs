namespace Orchestrator.Collectives.Transport;

/// <summary>Which part of which collective a frame carries. The numbers are part of the wire.</summary>
public enum FrameOperation : byte
{
    /// <summary>No collective: a message of a service.</summary>
    Message = 0,

    /// <summary>A rank's subtree sum of a chunk.</summary>
    Contribution = 1,

    /// <summary>A chunk's sum over all shards.</summary>
    Reduced = 2,

    /// <summary>A rank's bytes of an all-gather.</summary>
    Gathered = 3,

    /// <summary>A piece of the root's bytes.</summary>
    Broadcast = 4,

    /// <summary>A rank has reached a barrier.</summary>
    Barrier = 5,
}
