namespace Orchestrator.Cli.Chaos;

/// <summary>What came of a strike.</summary>
/// <param name="Step">Steps that were completed when it came.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Target">To whom: a worker's name, or coordinator.</param>
/// <param name="PauseSeconds">How long a paused worker stood still; null for other kinds.</param>
/// <param name="NextStepSeconds">Until the coordinator had the next step; null where the run ended before.</param>
public sealed record ChaosOutcome(long Step, ChaosKind Kind, string Target, double? PauseSeconds, double? NextStepSeconds);
