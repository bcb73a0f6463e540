namespace Orchestrator.Collectives;

/// <summary>What a frame is for. The numbers are part of the wire; metrics name the middle four gradient, statistics, teacher, state.</summary>
public enum FrameKind : byte
{
    /// <summary>First frame of a connection.</summary>
    Hello = 0,

    /// <summary>Chunks of gradient buckets.</summary>
    Gradient = 1,

    /// <summary>Statistics of the whole batch.</summary>
    Statistics = 2,

    /// <summary>Weights of the teacher.</summary>
    Teacher = 3,

    /// <summary>The whole training state, to one who lacks it.</summary>
    State = 4,

    /// <summary>Everything else between ranks.</summary>
    Control = 5,
}
