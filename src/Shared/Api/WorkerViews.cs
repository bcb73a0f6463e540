namespace Orchestrator.Shared.Api;

/// <summary><c>GET /api/v1/workers</c>.</summary>
public sealed record WorkerListView(IReadOnlyList<WorkerView> Workers);

/// <summary>A worker as the coordinator last heard of it.</summary>
/// <param name="WorkerId">Its name, by its settings.</param>
/// <param name="Incarnation">Of its process: a later one of the same name has a higher number.</param>
/// <param name="State"><c>idle</c>, <c>training</c>, <c>evaluating</c>, <c>draining</c>, <c>quarantined</c>, <c>refused</c> or <c>lost</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Device">What it lends: <c>cpu</c>, <c>cuda:0</c>.</param>
/// <param name="ProcessId">On its machine.</param>
/// <param name="Run">That it serves; null: none.</param>
/// <param name="Rank">In that run.</param>
/// <param name="Step">Steps of that run that it has completed.</param>
/// <param name="SilentSeconds">Since its last status.</param>
/// <param name="WaitsFor">Names of the workers that it waits for.</param>
/// <param name="Fingerprint">Of its arithmetic: workers of one run have the same.</param>
/// <param name="MetricsUrl">Where Prometheus reads it; null: nowhere.</param>
/// <param name="BytesSent">By frame kind, since its process began.</param>
/// <param name="Version">Of its program.</param>
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
