using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Coordinator.Telemetry;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>What the head and the runs need of the process around them.</summary>
/// <param name="CheckFence">Why the journal would not fence a second coordinator, or null.</param>
/// <param name="Refuse">Ends the process: it must not run like this.</param>
/// <param name="HttpUrl">Where clients reach this coordinator; null until it serves.</param>
public sealed record HeadParts(
    string JoinToken,
    RunTimers Timers,
    SchedulingPolicy Policy,
    TimeProvider Time,
    RunBoard Board,
    HeadGateway Gateway,
    StepRowStore Rows,
    JournalReader Journal,
    CoordinatorMetrics Metrics,
    Func<Task<string?>> CheckFence,
    Action<string> Refuse,
    Func<string?> HttpUrl,
    ILoggerFactory Logs
)
{
    public SweepBoard Sweeps { get; init; } = new();
}
