using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Evaluations;

public sealed class CompareSettings : ServerSettings
{
    [CommandArgument(0, "<RUNS>")]
    [Description("Their ids, two or more")]
    public required string[] Runs { get; init; }

    public override ValidationResult Validate() =>
        Runs.Distinct(StringComparer.Ordinal).Count() < 2
            ? ValidationResult.Error("give two or more runs: what is compared are their evaluations")
            : base.Validate();
}

/// <summary><c>compare RUN RUN …</c>: the figures of pretrained networks side by side, of each run's newest evaluation of a kind.</summary>
public sealed class CompareCommand(Terminal terminal) : AsyncCommand<CompareSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CompareSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var columns = new List<(RunView Run, IReadOnlyList<EvaluationErrandView> Evaluations)>();
        foreach (var id in settings.Runs.Distinct(StringComparer.Ordinal))
        {
            columns.Add((await client.RunAsync(id, cancellationToken), (await client.EvaluationsAsync(id, cancellationToken)).Evaluations));
        }

        if (columns.Find(c => c.Evaluations.Count == 0) is { Run: { } none })
        {
            throw CliException.BadInput(
                $"{none.Id} ({none.Name}) has no evaluation",
                "what is compared are evaluations that were asked for",
                $"orchestrator evaluate {none.Id} --protocol knn --protocol low-shot"
            );
        }

        var rows = Rows(columns);
        if (settings.Json)
        {
            terminal.WriteJson(rows);
            return ExitCode.Ok;
        }

        var table = new TextTable(["protocol", "setting", "metric", "judged", .. columns.Select(c => $"{c.Run.Name} ({c.Run.Id})")]);
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
        return ExitCode.Ok;
    }

    private static List<ComparedFigures> Rows(List<(RunView Run, IReadOnlyList<EvaluationErrandView> Evaluations)> columns)
    {
        var newest = columns
            .Select(c =>
                c.Evaluations.OrderBy(e => e.Step)
                    .SelectMany(e => e.Result!.Figures.Select(f => (Judged: Judged(e.Result), Figure: f)))
                    .Where(f => f.Figure.Network == JudgedFeatures.Pretrained)
                    // Of two of the same kind the later one: of a newer checkpoint.
                    .GroupBy(f => (f.Figure.Protocol, f.Figure.Setting, f.Figure.Metric, f.Judged))
                    .ToDictionary(f => f.Key, f => f.Last().Figure)
            )
            .ToList();
        return
        [
            .. newest
                .SelectMany(n => n.Keys)
                .Distinct()
                .Select(key => new ComparedFigures(
                    key.Protocol,
                    key.Setting,
                    key.Metric,
                    key.Judged,
                    [.. newest.Select(n => n.GetValueOrDefault(key))]
                )),
        ];
    }

    /// <summary>What else makes figures comparable: network, features, views, planes where several are fused, and data.</summary>
    private static string Judged(EvaluationResult result) =>
        $"{SpecWords.Word(result.Spec.Network)}, {SpecWords.Word(result.Spec.Features)}, {SpecWords.Word(result.Spec.View)}{(result.Spec.Planes is { Count: > 1 } planes ? $", {string.Join(" + ", planes.Select(p => SpecWords.Word(p)))}" : "")}{(result.Spec.Data is { } data ? $", {data.Source}" : "")}";
}

/// <param name="Judged">Network, features and views.</param>
/// <param name="Figures">In the order of the runs; null where a run has none.</param>
public sealed record ComparedFigures(
    EvaluationProtocol Protocol,
    string Setting,
    string Metric,
    string Judged,
    IReadOnlyList<EvaluationFigure?> Figures
);
