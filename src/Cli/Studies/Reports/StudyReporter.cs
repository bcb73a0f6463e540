using System.Text.Json;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Cli.Studies.Statistics;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Reports;

/// <summary>What a study's state amounts to.</summary>
public static class StudyReporter
{
    private const string TooSmall = "TOO SMALL TO CONCLUDE";

    public static StudyReport Of(StudyPlan plan, StudyState state)
    {
        var runs = plan.Runs.Zip(state.Runs, Run).ToList();
        var tables = plan.Evaluations.SelectMany(e => ReportedTables.Of(plan, state, e.Name)).ToList();
        var ranks = Ranks(plan.Cells, tables);
        var costs = state.Runs.Select(r => r.Cost).OfType<StudyCost>().ToList();
        return new StudyReport
        {
            Title = plan.Kind == StudyKind.LabelEfficient ? "Label-efficiency study" : "Ablation",
            Stamp = plan.Budget == StudyBudget.Quick ? $"{TooSmall}: a third of the budget (--budget quick)" : null,
            Spec = plan.SpecPath,
            SpecSha256 = RunSpecJson.Hash(plan.Spec),
            Data = Data(plan.Spec.Data),
            Budget = Budget(plan),
            Seeds = plan.Seeds,
            Evaluations =
            [
                .. plan.Evaluations.Select(e => new ReportedEvaluation(
                    e.Name,
                    e.Text(plan.Runs[0].Spec),
                    JsonSerializer.SerializeToElement(e.Document)
                )),
            ],
            Cells = plan.Cells,
            Runs = runs,
            Tables = tables,
            Ranks = ranks,
            Tests = Tests(ranks, tables),
            Cost = new StudyCost(
                Math.Round(costs.Sum(c => c.WallSeconds), 2),
                Math.Round(costs.Sum(c => c.WorkerSeconds), 2),
                Math.Round(costs.Sum(c => c.EvaluationSeconds), 2)
            ),
        };
    }

    private static ReportedRun Run(StudyRunPlan planned, StudyRunState state) =>
        new(
            planned.Cell,
            planned.Seed,
            state.Run,
            state.Phase,
            state.Attempt,
            state.Failure,
            planned.Hash,
            JsonSerializer.SerializeToElement(planned.Spec, RunSpecJson.Options),
            state.Evaluations.Where(e => e.Result is not null).ToDictionary(e => e.Name, e => e.Result!.Figures, StringComparer.Ordinal),
            state.Cost,
            state.Losses
        );

    private static List<ReportedRank> Ranks(IReadOnlyList<string> cells, IReadOnlyList<ReportedTable> tables)
    {
        var places = cells.ToDictionary(c => c, _ => new List<double>(), StringComparer.Ordinal);
        foreach (var table in tables)
        {
            for (var column = 0; column < table.Settings.Count; column++)
            {
                var rows = table.Rows.Where(r => r.Network == JudgedFeatures.Pretrained).ToList();
                var ranks = Ranking.Of([.. rows.Select(r => r.Figures[column]?.Mean)]);
                foreach (var (row, rank) in rows.Zip(ranks))
                {
                    if (rank is { } place)
                    {
                        places[row.Name].Add(place);
                    }
                }
            }
        }

        return
        [
            .. places
                .Where(p => p.Value.Count > 0)
                .Select(p => new ReportedRank(p.Key, p.Value.Average(), p.Value.Min(), p.Value.Max(), p.Value.Count))
                // A cell that lacks settings is not put before those that have them all.
                .OrderByDescending(r => r.Settings)
                .ThenBy(r => r.Mean),
        ];
    }

    private static List<ReportedTest> Tests(List<ReportedRank> ranks, IReadOnlyList<ReportedTable> tables)
    {
        if (ranks.Count < 2)
        {
            return [];
        }

        var leader = ranks[0].Cell;
        return
        [
            .. ranks
                .Skip(1)
                .Select(other =>
                {
                    var pairs = tables.SelectMany(t => Pairs(t, leader, other.Cell)).ToList();
                    var bySeed = pairs.GroupBy(p => p.Seed).Select(g => g.Average(p => p.Difference)).ToList();
                    return new ReportedTest(leader, other.Cell, PairedTest.Of([.. pairs.Select(p => p.Difference)]), PairedTest.Of(bySeed));
                }),
        ];
    }

    private static IEnumerable<(ulong Seed, double Difference)> Pairs(ReportedTable table, string leader, string other)
    {
        var (first, second) = (Row(leader), Row(other));
        return first
            .Zip(second)
            .Where(figures => figures is { First: not null, Second: not null })
            .SelectMany(figures =>
                figures
                    .First!.BySeed.Where(f => figures.Second!.BySeed.ContainsKey(f.Key))
                    .Select(f => (f.Key, f.Value - figures.Second!.BySeed[f.Key]))
            );

        IReadOnlyList<ReportedFigure?> Row(string cell) =>
            table.Rows.First(r => r.Network == JudgedFeatures.Pretrained && r.Name == cell).Figures;
    }

    private static string Data(DataSpec data)
    {
        var held =
            data.HoldOutSplit is { } split ? $"split {split} held out"
            : data.HoldOut > 0 ? $"{data.HoldOut} held out"
            : "nothing held out";
        return $"{SpecWords.Word(data.Kind)}: {data.Source}{(data.Labels is { } labels ? $", labels {labels}" : "")}, {held}";
    }

    private static string Budget(StudyPlan plan)
    {
        var budget = plan.Runs[0].Spec.Budget;
        var varies = plan.Runs.Any(r => r.Spec.Budget != budget);
        return $"{(varies ? "by cell" : Words(budget))} ({SpecWords.Word(plan.Budget)})";
    }

    private static string Words(BudgetSpec budget) => budget.Steps is { } steps ? $"{steps} steps" : $"{budget.Epochs} epochs";
}
