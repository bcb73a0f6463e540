using System.Globalization;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Chaos;

/// <summary>A disturbed run beside an undisturbed one.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Strikes">In order of step.</param>
/// <param name="StepsLost">Begun and not committed, over all recoveries.</param>
/// <param name="Same">Whether losses, weights and state have the bits of the undisturbed run; null without one.</param>
public sealed record ChaosReport(
    string Run,
    ulong Seed,
    IReadOnlyList<ChaosOutcome> Strikes,
    int Recoveries,
    long StepsLost,
    int CheckpointsRead,
    string? WeightsSha256,
    string? UndisturbedWeightsSha256,
    bool? Same
)
{
    public static ChaosReport Of(ulong seed, IReadOnlyList<ChaosOutcome> outcomes, RunDetailView run, RunDetailView? undisturbed) =>
        new(
            run.Run.Id,
            seed,
            outcomes,
            run.Recoveries,
            run.StepsLost,
            run.CheckpointsRead,
            run.WeightsSha256,
            undisturbed?.WeightsSha256,
            undisturbed is null ? null : Hashes(run) == Hashes(undisturbed) && run.WeightsSha256 is not null
        );

    public void Write(Terminal terminal)
    {
        terminal.WriteLine();
        terminal.WriteLine($"chaos seed      {Seed}, run {Run}");
        var table = new TextTable("after step", "fault", "whom", "next step after");
        foreach (var strike in Strikes)
        {
            var length = strike.PauseSeconds is { } pause ? string.Create(CultureInfo.InvariantCulture, $" of {pause:0.0} s") : "";
            table.Add(
                strike.Step.ToString(CultureInfo.InvariantCulture),
                SpecWords.Word(strike.Kind) + length,
                strike.Target,
                strike.NextStepSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s") : "–"
            );
        }

        terminal.Write(table);
        terminal.WriteLine($"recoveries      {Recoveries}, {StepsLost} steps lost, {CheckpointsRead} checkpoints read");
        terminal.WriteLine($"weights SHA-256 {WeightsSha256 ?? "–"}");
        if (Same is { } same)
        {
            terminal.WriteLine($"undisturbed     {UndisturbedWeightsSha256 ?? "–"}: {(same ? "the same bits" : "DIFFERENT")}");
        }
    }

    /// <summary>All reports, and with several what they come to.</summary>
    public static void WriteSummary(Terminal terminal, IReadOnlyList<ChaosReport> reports)
    {
        foreach (var report in reports)
        {
            report.Write(terminal);
        }

        if (reports.Count == 1)
        {
            return;
        }

        var strikes = reports.SelectMany(report => report.Strikes).ToList();
        var kills = strikes
            .Where(strike => strike.Kind == ChaosKind.Kill)
            .Select(strike => strike.NextStepSeconds)
            .OfType<double>()
            .Order()
            .ToList();
        terminal.WriteLine();
        terminal.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{reports.Count} schedules, {strikes.Count} faults: {reports.Count(report => report.Same == true)} with the bits of the undisturbed run; {reports.Sum(report => report.Recoveries)} recoveries, {reports.Sum(report => report.StepsLost)} steps lost, {reports.Sum(report => report.CheckpointsRead)} checkpoints read"
            )
        );
        if (kills.Count > 0)
        {
            terminal.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"from a kill to the next step: median {kills[kills.Count / 2]:0.00} s, 90th percentile {kills[kills.Count * 9 / 10]:0.00} s, longest {kills[^1]:0.00} s"
                )
            );
        }
    }

    private static (string?, string?, string?) Hashes(RunDetailView run) => (run.LossesSha256, run.WeightsSha256, run.StateSha256);
}
