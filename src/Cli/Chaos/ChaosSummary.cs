using System.Globalization;

namespace Orchestrator.Cli.Chaos;

/// <summary>What several schedules come to, in words.</summary>
public static class ChaosSummary
{
    public static IReadOnlyList<string> Of(IReadOnlyList<ChaosReport> reports)
    {
        var strikes = reports.Sum(report => report.Strikes.Count);
        var kinds = reports
            .SelectMany(report => report.Strikes)
            .GroupBy(strike => strike.Kind)
            .OrderBy(kind => kind.Key)
            .Select(kind => $"{kind.Count()} {Word(kind.Key)}");
        var inside = reports.Sum(report => report.Strikes.Count(strike => strike.Step < report.Steps));
        List<string> lines =
        [
            $"{reports.Count} schedules, {strikes} faults ({string.Join(", ", kinds)}), {inside} of them before the last step: {reports.Count(report => report.Same == true)} schedules with the bits of the undisturbed run",
            $"{reports.Sum(report => report.Recoveries)} recoveries, {reports.Sum(report => report.StepsLost)} steps lost of {reports.Sum(report => report.Steps)}, {reports.Sum(report => report.CheckpointsRead)} checkpoints read",
        ];
        var kills = reports
            .SelectMany(report =>
                report
                    .Strikes.Where(strike => strike is { Kind: ChaosKind.Kill, NextStepSeconds: not null })
                    .Select(strike => (Strike: strike, Alone: ChaosRecovery.IsAlone(strike, report.Strikes)))
            )
            .ToLookup(kill => kill.Alone, kill => kill.Strike);
        Add(lines, "from a kill that met no other fault", kills[true]);
        Add(lines, "from a kill amid other faults", kills[false]);
        foreach (var report in reports.Where(report => report.Same == false))
        {
            lines.Add($"seed {report.Seed}: DIFFERENT bits, run {report.Run}");
        }

        return lines;
    }

    private static void Add(List<string> lines, string what, IEnumerable<ChaosOutcome> kills)
    {
        var all = kills.ToList();
        if (Spread(all, kill => kill.NextStepSeconds) is { } next)
        {
            var parts = new[] { ("heard", Spread(all, kill => kill.HeardSeconds)), ("formed", Spread(all, kill => kill.FormedSeconds)) };
            var on = string.Concat(parts.Where(part => part.Item2 is not null).Select(part => $"{part.Item1} after {part.Item2}, "));
            lines.Add($"{what} ({all.Count}): {on}next step after {next}");
        }
    }

    private static string? Spread(List<ChaosOutcome> kills, Func<ChaosOutcome, double?> time)
    {
        var times = kills.Select(time).OfType<double>().Order().ToList();
        return times.Count == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{times[times.Count / 2]:0.00} s (90th percentile {times[times.Count * 9 / 10]:0.00}, longest {times[^1]:0.00})"
            );
    }

    private static string Word(ChaosKind kind) =>
        kind switch
        {
            ChaosKind.Kill => "kills",
            ChaosKind.Pause => "pauses",
            _ => "kills of the coordinator",
        };
}
