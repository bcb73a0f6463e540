using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Cli.Commands;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>What a study will do: every spec and evaluation resolved and checked before anything is sent.</summary>
public sealed record StudyPlan
{
    private const int LongestName = 100;

    public required StudyKind Kind { get; init; }
    public required StudyBudget Budget { get; init; }

    /// <summary>Path of the spec that the cells come from, as given.</summary>
    public required string SpecPath { get; init; }

    /// <summary>That spec, resolved.</summary>
    public required RunSpec Spec { get; init; }
    public required IReadOnlyList<string> Cells { get; init; }
    public required IReadOnlyList<ulong> Seeds { get; init; }
    public required IReadOnlyList<StudyEvaluation> Evaluations { get; init; }

    /// <summary>Seed by seed, so that a whole seed is there early.</summary>
    public required IReadOnlyList<StudyRunPlan> Runs { get; init; }

    /// <summary>Hex; the same for the same study on more or fewer seeds.</summary>
    public string Identity =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Join(
                        '\n',
                        [
                            Kind.ToString(),
                            Budget.ToString(),
                            RunSpecJson.Hash(Spec),
                            .. Evaluations.Select(e => e.Document.ToJsonString()),
                            .. Cells,
                        ]
                    )
                )
            )
        )[..16];

    /// <summary>The ten cells of the label-efficiency study.</summary>
    public static StudyPlan LabelEfficient(StudySettings settings)
    {
        var spec = SpecFile.Parse(settings.Spec, SpecFile.Read(settings.Spec));
        if (spec.Method != MethodName.MimClustering)
        {
            throw CliException.BadInput(
                $"{settings.Spec} is of method {SpecWords.Word(spec.Method)}",
                "the cells are derived from a spec of mim-clustering, which has what each of them takes",
                "try samples/mim-clustering-fashion.yaml, or compare other specs by study ablate"
            );
        }

        return Of(settings, StudyKind.LabelEfficient, spec, LabelEfficientGrid.Cells(spec));
    }

    /// <summary>Every combination of the values that are varied.</summary>
    /// <param name="variations">As typed.</param>
    public static StudyPlan Ablation(StudySettings settings, IReadOnlyList<string> variations)
    {
        var text = SpecFile.Read(settings.Spec);
        var spec = SpecFile.Parse(settings.Spec, text);
        var cells = AblationGrid.Cells(SpecDocument.Parse(settings.Spec, text), [.. variations.Select(Variation.Parse)]);
        return Of(settings, StudyKind.Ablation, spec, cells);
    }

    private static StudyPlan Of(StudySettings settings, StudyKind kind, RunSpec spec, IReadOnlyList<StudyCell> cells)
    {
        var budget = settings.BudgetWord!.Value;
        var count = settings.Seeds ?? (budget == StudyBudget.Quick ? 1 : 3);
        IReadOnlyList<ulong> seeds = [.. Enumerable.Range(0, count).Select(i => unchecked(spec.Seed + (ulong)i))];
        var evaluations = StudyEvaluation.Read(settings.Evaluations);
        var errors = new List<string>();
        var runs = seeds
            .SelectMany(seed => cells.Select((cell, number) => Resolve(cell, number, seed, budget, errors)))
            .OfType<StudyRunPlan>()
            .ToList();
        errors.AddRange(
            runs.SelectMany(run =>
                evaluations.SelectMany(e => e.Check(run.Spec).Select(error => $"{run.Cell}: evaluation {e.Name}: {error}"))
            )
        );
        if (errors.Count > 0)
        {
            throw new CliException(
                ExitCode.BadInput,
                $"{settings.Spec} does not give a study: nothing was submitted",
                [.. errors.Distinct(StringComparer.Ordinal).Take(20)],
                "correct them and try again; docs/studies.md says how cells are made"
            );
        }

        return new StudyPlan
        {
            Kind = kind,
            Budget = budget,
            SpecPath = settings.Spec,
            Spec = spec,
            Cells = [.. cells.Select(c => c.Name)],
            Seeds = seeds,
            Evaluations = evaluations,
            Runs = runs,
        };
    }

    private static StudyRunPlan? Resolve(StudyCell cell, int number, ulong seed, StudyBudget budget, List<string> errors)
    {
        var document = cell.Document.DeepClone().AsObject();
        var name = $"{cell.Name}-seed{seed}";
        document["name"] = name.Length <= LongestName ? name : $"cell{number + 1}-seed{seed}";
        document["seed"] = seed;
        document["probes"] = new JsonArray();
        document.Remove("evaluations");
        var parsed = RunSpecParser.Parse(document.ToJsonString());
        if (parsed.Spec is not { } spec)
        {
            errors.AddRange(parsed.Errors.Select(e => $"{cell.Name}: {e}"));
            return null;
        }

        return new StudyRunPlan(cell.Name, seed, budget == StudyBudget.Quick ? spec with { Budget = Third(spec.Budget) } : spec);
    }

    private static BudgetSpec Third(BudgetSpec budget) => new((budget.Epochs + 2) / 3, (budget.Steps + 2) / 3);
}
