using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Chaos;

/// <summary>
/// How long a run took to recover from a kill, by its history: who looks at a run sees its steps late, and may take a step that was done before
/// the kill for the first one after it.
/// </summary>
public static class ChaosRecovery
{
    private const string Prepared = "generation-prepared";
    private const string Resumed = "generation-resumed";

    /// <summary>Strikes with the times of the generation that each kill of a rank led to. Whoever was no rank when it was killed cost the run nothing.</summary>
    /// <param name="generations">Of the run, in any order.</param>
    /// <param name="events">Its history, in order.</param>
    public static IReadOnlyList<ChaosOutcome> Measure(
        IReadOnlyList<ChaosOutcome> strikes,
        IReadOnlyList<GenerationView> generations,
        IReadOnlyList<RunEventView> events
    ) => [.. strikes.Select(strike => strike.Kind == ChaosKind.Kill ? Measure(strike, generations, events) : strike)];

    /// <summary>Whether no other strike had still to be recovered from when this one came, nor came before the run had recovered from it.</summary>
    public static bool IsAlone(ChaosOutcome strike, IReadOnlyList<ChaosOutcome> all) =>
        strike.NextStepSeconds is not null
        && !all.Any(other => !ReferenceEquals(other, strike) && other.At <= End(strike) && End(other) >= strike.At);

    private static DateTimeOffset End(ChaosOutcome strike) =>
        strike.At.AddSeconds(Math.Max(strike.NextStepSeconds ?? 0, strike.PauseSeconds ?? 0));

    private static ChaosOutcome Measure(ChaosOutcome kill, IReadOnlyList<GenerationView> generations, IReadOnlyList<RunEventView> events)
    {
        var unmeasured = kill with { NextStepSeconds = null };
        var before = generations.Where(generation => generation.FormedAt <= kill.At).MaxBy(generation => generation.Number);
        var after = generations.Where(generation => generation.FormedAt > kill.At).MinBy(generation => generation.Number);
        if (before?.Workers.Contains(kill.Target, StringComparer.Ordinal) != true || after is not { Recovery: true })
        {
            return unmeasured;
        }

        var prepared = events.FirstOrDefault(e =>
            e.Kind == Prepared && e.Text.StartsWith($"prepares generation {after.Number}:", StringComparison.Ordinal)
        );
        return events.FirstOrDefault(e => e.Kind == Resumed && e.At > after.FormedAt) is { } resumed
            ? kill with
            {
                NextStepSeconds = Seconds(kill, resumed.At),
                HeardSeconds = prepared?.At >= kill.At ? Seconds(kill, prepared.At) : null,
                FormedSeconds = Seconds(kill, after.FormedAt),
            }
            : unmeasured;
    }

    private static double Seconds(ChaosOutcome kill, DateTimeOffset until) => Math.Round((until - kill.At).TotalSeconds, 3);
}
