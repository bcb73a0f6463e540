using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Evaluations;

public sealed class CompareSettings : ServerSettings
{
    [CommandArgument(0, "<RUNS>")]
    [Description("Their ids, two or more")]
    public required string[] Runs { get; init; }

    [CommandOption("--out <FILE>")]
    [Description("Draws them too: a picture (.svg), a page (.html), or Markdown with the picture beside (.md)")]
    public string? Out { get; init; }

    public override ValidationResult Validate() =>
        Runs.Distinct(StringComparer.Ordinal).Count() < 2
            ? ValidationResult.Error("give two or more runs: what is compared are their evaluations")
        : Out is not null && !ComparisonFile.IsKnown(Out)
            ? ValidationResult.Error($"--out {Out}: its name must end with {ComparisonFile.Endings}")
        : base.Validate();
}

/// <summary><c>compare RUN RUN …</c>: the figures of pretrained networks side by side, of each run's newest evaluation of a kind.</summary>
public sealed class CompareCommand(Terminal terminal) : AsyncCommand<CompareSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CompareSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var runs = new List<ComparedRun>();
        foreach (var id in settings.Runs.Distinct(StringComparer.Ordinal))
        {
            runs.Add(
                new ComparedRun(
                    await client.GetRunAsync(id, cancellationToken),
                    (await client.ListRunEvaluationsAsync(id, cancellationToken)).Evaluations
                )
            );
        }

        if (runs.Find(r => r.Evaluations.Count == 0) is { Run: { } none })
        {
            throw CliException.BadInput(
                $"{none.Id} ({none.Name}) has no evaluation",
                "what is compared are evaluations that were asked for",
                $"orchestrator evaluate {none.Id} --protocol knn --protocol low-shot"
            );
        }

        var rows = Comparison.Of(runs);
        Show(settings, runs, rows);
        if (settings.Out is { } file)
        {
            ComparisonFile.Write(file, runs, rows);
            terminal.WriteNotice($"wrote {file}");
        }

        return ExitCode.Ok;
    }

    private void Show(CompareSettings settings, IReadOnlyList<ComparedRun> runs, IReadOnlyList<ComparedFigures> rows)
    {
        if (settings.Json)
        {
            terminal.WriteJson(rows);
            return;
        }

        var table = new TextTable(["protocol", "setting", "metric", "judged", .. runs.Select(r => $"{r.Run.Name} ({r.Run.Id})")]);
        foreach (var row in rows)
        {
            table.Add([
                SpecWords.Word(row.Protocol),
                row.Setting,
                row.Metric,
                row.Judged,
                .. row.Figures.Select(f => f is null ? null : EvaluationTable.Text(f)),
            ]);
        }

        terminal.Write(table);
    }
}
