using System.Globalization;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A sweep and its trials, best first, for a person.</summary>
public static class SweepTable
{
    public static void Write(Terminal terminal, SweepDetailView detail)
    {
        var sweep = detail.Sweep;
        terminal.WriteLine($"{sweep.Id}  {sweep.Name}  ({SpecWords.Word(sweep.Search)}, {SpecWords.Word(sweep.Mode)} {sweep.Metric})");
        terminal.WriteLine($"{SpecWords.Word(sweep.Phase)}: {sweep.Reason}");
        string[] paths = [.. detail.Table.SelectMany(trial => trial.Values.Keys).Distinct(StringComparer.Ordinal)];
        var table = new TextTable([
            "trial",
            "run",
            .. paths,
            "phase",
            "step",
            sweep.Metric,
            .. detail.Rungs.Select(rung => $"at {rung}"),
            "decision",
        ]);
        foreach (var trial in detail.Table)
        {
            table.Add([
                trial.Trial.ToString(CultureInfo.InvariantCulture),
                trial.Run,
                .. paths.Select(path => trial.Values.TryGetValue(path, out var value) ? value.ToString() : null),
                trial.Phase is { } phase ? Format.Phase(phase) : null,
                trial.Step.ToString(CultureInfo.InvariantCulture),
                Number(trial.Value),
                .. detail.Rungs.Select(step => Number(trial.Rungs.FirstOrDefault(rung => rung.Step == step)?.Value)),
                trial.Decision,
            ]);
        }

        terminal.Write(table);
    }

    /// <summary>A trial's values on a line.</summary>
    public static string Values(TrialView trial) => string.Join(", ", trial.Values.Select(value => $"{value.Key}={value.Value}"));

    private static string? Number(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture);
}
