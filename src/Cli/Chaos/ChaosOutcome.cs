namespace Orchestrator.Cli.Chaos;

/// <summary>What came of a strike.</summary>
/// <param name="At">When it came.</param>
/// <param name="Step">Steps that were completed then, as the coordinator had it.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Target">To whom: a worker's name, or coordinator.</param>
/// <param name="PauseSeconds">How long a paused worker stood still; null for other kinds.</param>
/// <param name="NextStepSeconds">
/// Until the coordinator had the next step; after the kill of a rank, until it had a step of the generation that was formed without it. Null where
/// the run ended before.
/// </param>
/// <param name="HeardSeconds">Of that, until the coordinator prepared that generation; null where it did so for another reason, or formed none.</param>
/// <param name="FormedSeconds">Of that, until it was formed: the others had answered.</param>
public sealed record ChaosOutcome(
    DateTimeOffset At,
    long Step,
    ChaosKind Kind,
    string Target,
    double? PauseSeconds,
    double? NextStepSeconds,
    double? HeardSeconds = null,
    double? FormedSeconds = null
);
