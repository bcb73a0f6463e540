using Orchestrator.Shared.Evaluations;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Runs;

/// <summary>What a spec document gave: a resolved spec, or every error that stands in it.</summary>
public sealed record SpecResult(RunSpec? Spec, IReadOnlyList<SpecError> Errors)
{
    public bool IsValid => Spec is not null;
}

/// <summary>
/// Reads a run spec from YAML or JSON (one schema: JSON is YAML), fills in the method's defaults, and checks it whole:
/// unknown keys, wrong types, ranges and combinations are reported together, each with its path and what would be right.
/// </summary>
public static class RunSpecParser
{
    /// <summary>A longer document is refused unread.</summary>
    public const int MaxLength = 64 * 1024;

    public static SpecResult Parse(string document)
    {
        var errors = new List<SpecError>();
        if (SpecRoot.Read(document, "a spec", "method and data", errors) is not { } root)
        {
            return new SpecResult(null, errors);
        }

        return Parse(root, errors);
    }

    internal static SpecResult Parse(YamlMappingNode root, List<SpecError> errors)
    {
        var spec = Read(new SpecReader(root, "", errors));
        RunSpecRules.Check(spec, errors);
        return new SpecResult(errors.Count == 0 ? spec : null, errors);
    }

    private static RunSpec Read(SpecReader reader)
    {
        if (reader.Text("apiVersion", RunSpec.Version) != RunSpec.Version)
        {
            reader.Fail("apiVersion", $"must be {RunSpec.Version}");
        }

        if (!reader.Has("method"))
        {
            reader.Fail("method", $"is missing; one of {string.Join(", ", Enum.GetValues<MethodName>().Select(m => SpecWords.Word(m)))}");
        }

        var method = reader.Choice("method", MethodName.Gmml);
        var workers = ReadWorkers(reader.Mapping("workers"));
        var data = DataReader.Read(reader.Mapping("data"), reader.Has("data"), method);
        var backbone = BackboneReader.Read(reader, method, data.Kind);
        var spec = new RunSpec
        {
            Method = method,
            Name = reader.Text("name", SpecWords.Word(method), 100)!,
            Project = ReadProject(reader),
            Priority = reader.Integer("priority", 0, -RunSpec.MostPriority, RunSpec.MostPriority),
            Seed = reader.Seed("seed", 0),
            Data = data,
            Budget = TrainingReader.ReadBudget(
                reader.Mapping("budget"),
                new BudgetSpec(method is MethodName.Gmml or MethodName.Mim ? 800 : 100, null)
            ),
            Batch = TrainingReader.ReadBatch(reader.Mapping("batch"), 256, 4 * workers.Max),
            Workers = workers,
            Backbone = backbone,
            Options = MethodOptionsReader.Read(reader.Mapping("options"), method, backbone, data.Kind),
            Optimizer = TrainingReader.ReadOptimizer(reader.Mapping("optimizer"), UsualOptimizer(method)),
            Precision = reader.Choice("precision", Precision.Fp32),
            Wire = reader.Choice("wire", Precision.Fp32),
            Determinism = reader.Choice("determinism", Determinism.Strict),
            MaskedMean = reader.Choice("maskedMean", MaskedMean.Global),
            NonFinite = ReadNonFinite(reader.Mapping("nonFinite")),
            Straggler = ReadStraggler(reader.Mapping("straggler")),
            Checkpoint = ReadCheckpoint(reader.Mapping("checkpoint")),
            Audit = ReadAudit(reader.Mapping("audit")),
            Probes = ReadProbes(reader),
        };
        spec = spec with { Evaluations = ReadEvaluations(reader, spec) };
        reader.End();
        return spec;
    }

    private static List<ScheduledEvaluation>? ReadEvaluations(SpecReader reader, RunSpec spec)
    {
        var evaluations = new List<ScheduledEvaluation>();
        foreach (var item in reader.Mappings("evaluations") ?? [])
        {
            if (!item.Has("evaluation"))
            {
                item.Fail("evaluation", "is missing: { protocols: [knn] }, or more of docs/evaluation.md");
            }

            var (steps, epochs) = (item.OptionalInteger("everySteps", 1, 1_000_000_000), item.OptionalInteger("everyEpochs", 1, 1_000_000));
            if (epochs is not null && (steps is not null || spec.Budget.Epochs is null))
            {
                item.Fail("everyEpochs", "needs a budget in epochs, and no everySteps beside it");
            }

            evaluations.Add(new ScheduledEvaluation(EvaluationSpecParser.Read(item.Mapping("evaluation"), spec), steps, epochs));
            item.End();
        }

        return evaluations.Count == 0 ? null : evaluations;
    }

    private static string? ReadProject(SpecReader reader)
    {
        var project = reader.Text("project", RunSpec.DefaultProject, 64)!;
        if (!RunOwner.IsName(project))
        {
            reader.Fail("project", RunOwner.NameRule);
        }

        return project == RunSpec.DefaultProject ? null : project;
    }

    private static OptimizerSpec UsualOptimizer(MethodName method) =>
        new(5e-4, 0.1, 1e-6, new Interval(0.04, 0.4), 0.9, 0.999, 1e-8, 3)
        {
            Schedule = method == MethodName.Contrastive ? ScheduleKind.MocoV3 : ScheduleKind.ByStep,
        };

    private static WorkersSpec ReadWorkers(SpecReader reader)
    {
        var min = reader.Integer("min", 1, 1, RunSpec.MostWorkers);
        var max = reader.Integer("max", Math.Max(min, 4), 1, RunSpec.MostWorkers);
        if (max < min)
        {
            reader.Fail("max", $"must not be below workers.min, {min}");
        }

        var workers = new WorkersSpec(min, max, reader.Choice("device", DeviceKind.Cpu));
        reader.End();
        return workers;
    }

    private static NonFiniteSpec ReadNonFinite(SpecReader reader)
    {
        var nonFinite = new NonFiniteSpec(
            reader.Choice("policy", NonFinitePolicy.Fail),
            reader.Integer("most", NonFiniteSpec.DefaultMost, 1, 1_000_000)
        );
        reader.End();
        return nonFinite;
    }

    private static StragglerSpec ReadStraggler(SpecReader reader)
    {
        var straggler = new StragglerSpec(
            reader.Choice("policy", StragglerPolicy.Warn),
            reader.Number("factor", StragglerSpec.DefaultFactor, 1.1, 100),
            reader.Integer("window", StragglerSpec.DefaultWindow, 3, 1000)
        );
        reader.End();
        return straggler;
    }

    private static CheckpointSpec ReadCheckpoint(SpecReader reader)
    {
        var checkpoint = new CheckpointSpec(reader.Integer("everySteps", 500, 1, int.MaxValue), reader.Integer("keep", 2, 1, 1000));
        reader.End();
        return checkpoint;
    }

    private static AuditSpec ReadAudit(SpecReader reader)
    {
        var audit = new AuditSpec(
            reader.Integer("everySteps", AuditSpec.DefaultEverySteps, 0, int.MaxValue),
            reader.Integer("recomputeEverySteps", AuditSpec.DefaultRecomputeEverySteps, 0, int.MaxValue)
        );
        reader.End();
        return audit;
    }

    private static List<ProbeSpec> ReadProbes(SpecReader reader)
    {
        var probes = new List<ProbeSpec>();
        foreach (var item in reader.Mappings("probes") ?? [])
        {
            if (!item.Has("protocol"))
            {
                item.Fail(
                    "protocol",
                    $"is missing; one of {string.Join(", ", Enum.GetValues<ProbeProtocol>().Select(p => SpecWords.Word(p)))}"
                );
            }

            probes.Add(new ProbeSpec(item.Choice("protocol", ProbeProtocol.Knn), item.OptionalInteger("everySteps", 1, 1_000_000_000)));
            item.End();
        }

        return probes;
    }
}
