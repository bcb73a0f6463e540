namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>What this rank shares with one other of its host.</summary>
/// <param name="Segment">The rings between them.</param>
/// <param name="Theirs">The peer's arena; null where it has none, or it cannot be mapped.</param>
/// <param name="Lent">This rank's arena, where the peer has mapped it; else null.</param>
internal sealed record SharedPair(SharedSegment Segment, ArenaView? Theirs = null, SharedArena? Lent = null) : IDisposable
{
    /// <summary>Unmaps what is the pair's; the own arena stays. Nobody may be reading or writing.</summary>
    public void Dispose()
    {
        Segment.Dispose();
        Theirs?.Dispose();
    }
}
