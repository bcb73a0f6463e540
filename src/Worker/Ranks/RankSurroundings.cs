using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Telemetry;

namespace Orchestrator.Worker.Ranks;

/// <summary>What a rank thread has of its process.</summary>
public sealed record RankSurroundings
{
    public required string WorkerId { get; init; }
    public required FrameListener Listener { get; init; }
    public required FrameTraffic Traffic { get; init; }
    public required ITrainerFactory Trainers { get; init; }
    public required ICheckpointStore Store { get; init; }
    public required CheckpointWriter Writer { get; init; }
    public required StepLog Log { get; init; }
    public required WorkerMetrics Metrics { get; init; }

    /// <summary>Takes what the rank has to say; any thread, never blocks.</summary>
    public required Action<AgentEvent> Report { get; init; }
    public required ILogger Logger { get; init; }

    /// <summary>Whether memory is shared with ranks on this machine.</summary>
    public bool SharedMemory { get; init; } = true;

    /// <summary>Where gradients lie so that those ranks read them there; null for nowhere. It outlives the rank.</summary>
    public SharedArena? Arena { get; init; }

    /// <summary>In how many slices gradients are summed at once, if the other ranks would too.</summary>
    public int Lanes { get; init; } = 1;
    public Failpoint? Failpoint { get; init; }
    public RankTimes Times { get; init; } = new();
}
