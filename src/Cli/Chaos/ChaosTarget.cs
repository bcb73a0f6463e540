namespace Orchestrator.Cli.Chaos;

/// <summary>A worker process that can be struck.</summary>
public sealed record ChaosTarget(string Worker, int ProcessId);
