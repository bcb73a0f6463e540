namespace Orchestrator.Shared.Api;

/// <summary><c>GET /api/v1/workers</c>.</summary>
public sealed record WorkerListView(IReadOnlyList<WorkerView> Workers);

/// <summary>A worker as the coordinator last heard of it.</summary>
/// <param name="State"><c>idle</c>, <c>training</c>, <c>evaluating</c>, <c>draining</c>, <c>quarantined</c>, <c>refused</c> or <c>lost</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="SilentSeconds">Since its last status.</param>
/// <param name="BytesSent">By frame kind, since its process began.</param>
public sealed record WorkerView(
    string WorkerId,
    long Incarnation,
    string State,
    string Reason,
    string Device,
    int ProcessId,
    string? Run,
    int? Rank,
    long Step,
    double SilentSeconds,
    IReadOnlyList<string> WaitsFor,
    string Fingerprint,
    string? MetricsUrl,
    IReadOnlyDictionary<string, long> BytesSent,
    string Version
);
