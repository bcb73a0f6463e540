namespace Orchestrator.Protocol.Tests.Exploration;

/// <summary>What an exploration found.</summary>
/// <param name="States">Different moments that were reached.</param>
/// <param name="Completed">Of them, in how many the run is over.</param>
/// <param name="NotFollowed">Whose prepare number was above the bound, or that were left when the most states were reached.</param>
/// <param name="MustComplete">From how many the run has to complete without luck: enough workers are well.</param>
/// <param name="HighestNumber">That promises were asked for.</param>
/// <param name="Violation">The first invariant found broken, with the shortest schedule that leads there; null: none.</param>
internal sealed record ExplorationResult(
    int States,
    long Transitions,
    int Completed,
    int NotFollowed,
    int MustComplete,
    long HighestNumber,
    int Depth,
    string? Violation
)
{
    public override string ToString() =>
        $"{States} states, {Transitions} transitions, depth {Depth}, {Completed} completed, {NotFollowed} not followed, {MustComplete} must complete, numbers to {HighestNumber}";
}
