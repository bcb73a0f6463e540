using Orchestrator.Collectives;

namespace Orchestrator.Worker.Ranks;

/// <summary>All that a rank holds after a completed step. Two ranks of a run at the same step hold the same bits.</summary>
public interface IRankState : IDisposable
{
    /// <summary>Completed steps.</summary>
    long Step { get; }

    /// <summary>The generation that committed the step; 0 for the initial state.</summary>
    long Generation { get; }

    /// <summary>Its memory, in one order on every rank: what a copy sends.</summary>
    IReadOnlyList<StateRegion> Regions { get; }

    /// <summary>The student's weights. A gradient is as long.</summary>
    HostBuffer<float> Student => Regions.Single(region => region.Name == "student").Buffer;

    /// <summary>SHA-256 over everything, lower-case hex.</summary>
    /// <param name="before">Called with each region's name before it is read, on any thread: it may wait until its content is there.</param>
    string Digest(Action<string>? before = null);

    /// <summary>A spare of the same shape.</summary>
    IRankState CreateLike();

    /// <summary>Takes over everything of another state of the same shape.</summary>
    void CopyFrom(IRankState other);

    void SetStep(long step, long generation);
}

/// <param name="Name">Of the slot.</param>
/// <param name="Buffer">The whole flat buffer with its padding.</param>
public sealed record StateRegion(string Name, HostBuffer<float> Buffer);
