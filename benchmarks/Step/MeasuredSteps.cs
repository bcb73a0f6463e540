using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Benchmarks.Step;

/// <summary>One rank's part: the steps of a run as training takes them, audits and health included.</summary>
internal static class MeasuredSteps
{
    public static StepFigures Run(ProcessGroup group, StepArguments arguments)
    {
        var spec = arguments.Spec();
        using var run = TrainingRun.Over(
            spec,
            MethodCatalog.Create(spec),
            new NoiseViews(),
            RunSchedules.Of(spec, stepsPerEpoch: 1000),
            arguments.Threads,
            bucketBytes: arguments.BucketBytes
        );
        group.Barrier();
        var utilization = run.MeasureUtilization();
        for (var step = 0; step < StepArguments.WarmUp; step++)
        {
            run.Step(group);
        }

        using var bare = new BareProducts(
            NetworkFactory.Shape(spec.Backbone),
            spec.Precision,
            arguments.Batch / arguments.Shards,
            arguments.Threads
        );
        bare.Measure();
        using var trace = arguments.Profile is { } folder ? Open(folder, group.Rank) : null;
        run.Trace = trace;
        List<StepRow> rows = [];
        List<double> products = [];
        while (rows.Count < arguments.Steps)
        {
            // Before, between and after the steps: what the machine does meanwhile, it does to both.
            group.Barrier();
            products.Add(bare.Measure());
            group.Barrier();
            rows.Add(run.Step(group));
        }

        group.Barrier();
        products.Add(bare.Measure());
        run.Trace = null;
        var turns = (group.Range.Count + arguments.Threads - 1) / arguments.Threads;
        return new StepFigures(
            [.. rows.Select(row => row.Seconds)],
            StepTimer.Phases.ToDictionary(phase => phase, phase => rows.Average(row => row.Phases[phase]), StringComparer.Ordinal),
            turns * Median(products),
            utilization.ProductFlops
        );
    }

    /// <summary>Of an even count the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static StepTrace Open(string folder, int rank)
    {
        Directory.CreateDirectory(folder);
        return StepTrace.Open(Path.Combine(folder, $"rank-{rank}.json"), $"rank {rank}");
    }
}
