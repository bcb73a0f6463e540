using System.Globalization;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Chaos;

/// <summary>A disturbed run beside an undisturbed one.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Steps">Completed at its end.</param>
/// <param name="Seconds">From its submission to its end.</param>
/// <param name="Strikes">In order of time.</param>
/// <param name="StepsLost">Begun and not committed, over all recoveries.</param>
/// <param name="Same">Whether losses, weights and state have the bits of the undisturbed run; null without one.</param>
public sealed record ChaosReport(
    string Run,
    ulong Seed,
    long Steps,
    double? Seconds,
    IReadOnlyList<ChaosOutcome> Strikes,
    int Recoveries,
    long StepsLost,
    int CheckpointsRead,
    string? WeightsSha256,
    string? UndisturbedWeightsSha256,
    bool? Same
)
{
    /// <param name="events">The disturbed run's history.</param>
    public static ChaosReport Of(
        ulong seed,
        IReadOnlyList<ChaosOutcome> outcomes,
        RunDetailView run,
        IReadOnlyList<RunEventView> events,
        RunDetailView? undisturbed
    ) =>
        new(
            run.Run.Id,
            seed,
            run.Run.Step,
            run.Run.EndedAt is { } ended ? Math.Round((ended - run.Run.CreatedAt).TotalSeconds, 2) : null,
            ChaosRecovery.Measure(outcomes, run.Generations, events),
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
        var table = new TextTable("after step", "fault", "whom", "heard", "formed", "next step after");
        foreach (var strike in Strikes)
        {
            var length = strike.PauseSeconds is { } pause ? string.Create(CultureInfo.InvariantCulture, $" of {pause:0.0} s") : "";
            table.Add(
                strike.Step.ToString(CultureInfo.InvariantCulture),
                SpecWords.Word(strike.Kind) + length,
                strike.Target,
                Text(strike.HeardSeconds),
                Text(strike.FormedSeconds),
                Text(strike.NextStepSeconds)
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

    private static string Text(double? seconds) =>
        seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.00} s") : "–";

    private static (string?, string?, string?) Hashes(RunDetailView run) => (run.LossesSha256, run.WeightsSha256, run.StateSha256);
}
