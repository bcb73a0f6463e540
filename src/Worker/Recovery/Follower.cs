using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>One who follows a generation, as the rank that it follows sees it: a state to begin with, then steps in their order. Guarded by the server's lock.</summary>
internal sealed class Follower
{
    private readonly Queue<CommitCopy> steps = new();

    /// <summary>A copy of the state after a step; null until the next boundary, and once it is taken.</summary>
    public IRankState? Snapshot { get; set; }

    /// <summary>It gets what is committed from now on.</summary>
    public bool Attached { get; set; }

    /// <summary>It was too slow: nobody waits for it.</summary>
    public bool Dropped { get; set; }

    /// <summary>Bytes that wait for it.</summary>
    public long Waiting { get; private set; }

    public bool HasSteps => steps.Count > 0;

    public void Add(CommitCopy step)
    {
        steps.Enqueue(step);
        Waiting += step.Bytes;
    }

    public CommitCopy Take()
    {
        var step = steps.Dequeue();
        Waiting -= step.Bytes;
        return step;
    }
}
