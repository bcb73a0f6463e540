using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Cli.Studies.Statistics;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>A study's figures as tables: a table a protocol, a column a setting, a row a cell, and what they stand beside.</summary>
public static class ReportedTables
{
    /// <param name="evaluation">Its name.</param>
    public static IReadOnlyList<ReportedTable> Of(StudyPlan plan, StudyState state, string evaluation)
    {
        var found = plan
            .Runs.Zip(state.Runs)
            .SelectMany(run =>
                run.Second.Evaluations.Where(e => e.Name == evaluation && e.Result is not null)
                    .SelectMany(e => e.Result!.Figures)
                    .Select(figure => new Found(run.First, figure))
            )
            .ToList();
        return [.. found.GroupBy(f => (f.Figure.Protocol, f.Figure.Metric)).Select(g => Table(plan, evaluation, g.Key, [.. g]))];
    }

    private static ReportedTable Table(
        StudyPlan plan,
        string evaluation,
        (EvaluationProtocol Protocol, string Metric) of,
        IReadOnlyList<Found> found
    )
    {
        var settings = found.Select(f => f.Figure.Setting).Distinct(StringComparer.Ordinal).ToList();
        var pretrained = found.Where(f => f.Figure.Network == JudgedFeatures.Pretrained).ToList();
        var best = settings
            .Select(setting => plan.Cells.Max(cell => Mean([.. pretrained.Where(f => f.Run.Cell == cell && f.Figure.Setting == setting)])))
            .ToList();
        IEnumerable<ReportedRow> rows =
        [
            .. plan.Cells.Select(cell =>
                Row(cell, JudgedFeatures.Pretrained, settings, [.. pretrained.Where(f => f.Run.Cell == cell)], best)
            ),
            .. Beside(plan, JudgedFeatures.Random, "random init", settings, found),
            .. Beside(plan, JudgedFeatures.Pixels, "pixels", settings, found),
        ];
        return new ReportedTable(evaluation, of.Protocol, of.Metric, settings, [.. rows]);
    }

    /// <summary>A row for each kind of network before training, or input, among the cells; where there are several it names its cells.</summary>
    private static IEnumerable<ReportedRow> Beside(
        StudyPlan plan,
        JudgedFeatures network,
        string name,
        IReadOnlyList<string> settings,
        IReadOnlyList<Found> found
    )
    {
        var kinds = found.Where(f => f.Figure.Network == network).GroupBy(f => f.Run.Baseline).ToList();
        var rows = kinds.Select(kind => Row(Name(kind.Key), network, settings, [.. kind], [])).ToList();
        // Pixels of kinds that differ in their networks only are the same.
        return network == JudgedFeatures.Pixels && rows.Count > 1 && rows.TrueForAll(r => Same(r, rows[0]))
            ? [rows[0] with { Name = name }]
            : rows;

        string Name(string baseline)
        {
            var cells = plan.Runs.Where(r => r.Baseline == baseline).Select(r => r.Cell).Distinct(StringComparer.Ordinal).ToList();
            return cells.Count == plan.Cells.Count ? name
                : cells.Count <= 2 ? $"{name} ({string.Join(", ", cells)})"
                : $"{name} ({cells[0]} and {cells.Count - 1} more)";
        }
    }

    private static bool Same(ReportedRow one, ReportedRow other) =>
        one.Figures.Select(f => f?.Mean).SequenceEqual(other.Figures.Select(f => f?.Mean));

    private static ReportedRow Row(
        string name,
        JudgedFeatures network,
        IReadOnlyList<string> settings,
        IReadOnlyList<Found> found,
        IReadOnlyList<double?> best
    ) =>
        new(
            name,
            network,
            [
                .. settings.Select(
                    (setting, column) => Figure([.. found.Where(f => f.Figure.Setting == setting)], best.ElementAtOrDefault(column))
                ),
            ]
        );

    private static ReportedFigure? Figure(IReadOnlyList<Found> found, double? best)
    {
        if (found.Count == 0)
        {
            return null;
        }

        var bySeed = found.GroupBy(f => f.Run.Seed).ToDictionary(g => g.Key, g => g.Last().Figure.Value);
        var spread = Spread.Of([.. bySeed.Values]);
        var splits = found.Select(f => f.Figure.Deviation).OfType<double>().ToList();
        return new ReportedFigure(
            spread.Mean,
            spread.Deviation,
            splits.Count > 0 ? splits.Average() : null,
            bySeed,
            best is { } highest && spread.Mean >= highest
        );
    }

    private static double? Mean(IReadOnlyList<Found> found) => found.Count == 0 ? null : Figure(found, null)!.Mean;

    private sealed record Found(StudyRunPlan Run, EvaluationFigure Figure);
}
