using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>A run of a trace.</summary>
/// <param name="At">When it is submitted, from the trace's beginning.</param>
/// <param name="DeviceHours">What it takes in all, however many workers share it.</param>
public sealed record TraceRun(string Run, RunOwner Owner, int Priority, int Min, int Max, TimeSpan At, double DeviceHours);
