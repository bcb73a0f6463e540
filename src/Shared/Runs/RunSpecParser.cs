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
            Seed = reader.Seed("seed", 0),
            Data = data,
            Budget = ReadBudget(reader.Mapping("budget"), method),
            Batch = ReadBatch(reader.Mapping("batch"), workers),
            Workers = workers,
            Backbone = backbone,
            Options = MethodOptionsReader.Read(reader.Mapping("options"), method, backbone, data.Kind),
            Optimizer = ReadOptimizer(reader.Mapping("optimizer"), method),
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
        reader.End();
        return spec;
    }

    private static BudgetSpec ReadBudget(SpecReader reader, MethodName method)
    {
        var epochs = reader.OptionalInteger("epochs", 1, 1_000_000);
        var steps = reader.OptionalInteger("steps", 1, 1_000_000_000);
        if (epochs is not null && steps is not null)
        {
            reader.Fail("steps", "give epochs or steps, not both");
        }

        reader.End();
        return steps is not null
            ? new BudgetSpec(null, steps)
            : new BudgetSpec(epochs ?? (method is MethodName.Gmml or MethodName.Mim ? 800 : 100), null);
    }

    private static WorkersSpec ReadWorkers(SpecReader reader)
    {
        var min = reader.Integer("min", 1, 1, 4096);
        var max = reader.Integer("max", Math.Max(min, 4), 1, 4096);
        if (max < min)
        {
            reader.Fail("max", $"must not be below workers.min, {min}");
        }

        var workers = new WorkersSpec(min, max, reader.Choice("device", DeviceKind.Cpu));
        reader.End();
        return workers;
    }

    private static BatchSpec ReadBatch(SpecReader reader, WorkersSpec workers)
    {
        var size = reader.Integer("size", 256, 2, 1 << 20);
        // The advised default: four shards a worker, rounded up to a power of two, as long as it divides the batch into two samples or more.
        var advised = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(4 * workers.Max, size / 2));
        while (advised > 1 && (size % advised != 0 || size / advised < 2))
        {
            advised /= 2;
        }

        var batch = new BatchSpec(size, reader.Integer("shards", Math.Max(1, advised), 1, 1 << 15));
        reader.End();
        return batch;
    }

    private static OptimizerSpec ReadOptimizer(SpecReader reader, MethodName method)
    {
        var schedule = reader.Choice("schedule", method == MethodName.Contrastive ? ScheduleKind.MocoV3 : ScheduleKind.ByStep);
        var optimizer = new OptimizerSpec(
            reader.Number("baseLearningRate", 5e-4, 1e-12, 100),
            reader.Number("warmup", 0.1, 0, 0.99),
            reader.Number("minLearningRate", schedule == ScheduleKind.MocoV3 ? 0 : 1e-6, 0, 100),
            reader.Interval("weightDecay", new Interval(0.04, 0.4), 0, 10, ordered: false),
            reader.Number("beta1", 0.9, 0, 0.999999),
            reader.Number("beta2", 0.999, 0, 0.9999999),
            reader.Number("epsilon", 1e-8, 1e-16, 1),
            reader.Number("clip", 3.0, 0, 1e6)
        )
        {
            Schedule = schedule,
        };
        reader.End();
        return optimizer;
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
