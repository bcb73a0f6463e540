using Orchestrator.Shared.Randomness;

namespace Orchestrator.Cli.Chaos;

/// <summary>A schedule of faults: a pure function of its seed, so that a run that went wrong can be disturbed alike again.</summary>
public static class ChaosPlan
{
    private const double ShortestPause = 0.5;
    private const double LongestPause = 4;

    /// <summary>Faults in order of their steps, spread evenly at random over the run; several may come at one step.</summary>
    /// <param name="steps">Of the run; none comes before its first step or after its last but one.</param>
    public static IReadOnlyList<ChaosStrike> Create(ulong seed, ChaosCounts counts, long steps)
    {
        var kinds = Enumerable
            .Repeat(ChaosKind.Kill, counts.Kills)
            .Concat(Enumerable.Repeat(ChaosKind.Pause, counts.Pauses))
            .Concat(Enumerable.Repeat(ChaosKind.KillCoordinator, counts.CoordinatorKills));
        return [.. kinds.Select((kind, number) => Draw(seed, number, kind, steps)).OrderBy(strike => strike.Step)];
    }

    private static ChaosStrike Draw(ulong seed, int number, ChaosKind kind, long steps)
    {
        var draws = new PhiloxStream(seed, DrawPurpose.Chaos, sample: number);
        var step = 1 + (long)(draws.NextDouble() * Math.Max(1, steps - 2));
        return new ChaosStrike(step, kind, draws.NextDouble(), TimeSpan.FromSeconds(draws.NextDouble(ShortestPause, LongestPause)));
    }
}
