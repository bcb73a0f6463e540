using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>What a status says beside the protocol's state: who this process is, and what it can measure of itself.</summary>
public sealed record AgentIdentity
{
    public required string WorkerId { get; init; }
    public required long Incarnation { get; init; }
    public required string JoinToken { get; init; }
    public required string Fingerprint { get; init; }
    public required string DataHost { get; init; }
    public required int DataPort { get; init; }
    public required string Device { get; init; }
    public required int ProcessId { get; init; }
    public required string? MetricsUrl { get; init; }
    public required string Version { get; init; }
}

/// <summary>Builds the status from the state.</summary>
public static class AgentStatus
{
    /// <param name="waitsFor">Names of those whom the rank thread waits for now.</param>
    public static WorkerStatus Of(
        AgentState state,
        AgentIdentity identity,
        long sequence,
        IReadOnlyList<string> waitsFor,
        IReadOnlyDictionary<string, long> bytesSent,
        int checkpointsRead,
        ShardTime? shardTime
    ) =>
        new()
        {
            WorkerId = identity.WorkerId,
            Incarnation = identity.Incarnation,
            Sequence = sequence,
            Proof = JoinProof.Of(identity.JoinToken, identity.WorkerId, identity.Incarnation, identity.DataHost, identity.DataPort),
            Epoch = state.Epoch,
            Run = state.Run,
            Promised = state.Promised,
            Generation = state.Generation,
            Phase = state.Phase,
            Held = state.Held,
            ProgressStep = state.ProgressStep,
            StartedStep = state.StartedStep,
            Suspect = state.Suspect,
            Failure = state.Failure,
            Draining = state.Draining,
            WaitsFor = waitsFor,
            Fingerprint = identity.Fingerprint,
            DataHost = identity.DataHost,
            DataPort = identity.DataPort,
            Device = identity.Device,
            ProcessId = identity.ProcessId,
            MetricsUrl = identity.MetricsUrl,
            BytesSent = bytesSent,
            CheckpointsRead = checkpointsRead,
            Evaluation = state.Evaluation?.EvaluationKey,
            Version = identity.Version,
            TotalSteps = state.TotalSteps,
            Trouble = state.Trouble,
            Damaged = state.Damaged,
            Corruption = state.Corruption,
            Follows = state.Follows,
            Lag = state.Lag,
            ShardTime = shardTime,
            DataFingerprint = state.DataFingerprint,
            Helps = state.Helps?.EvaluationKey,
        };
}
