using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>Runs on noise, in some of whose steps one value of one sample is made what it should not be.</summary>
internal static class SpoiledRun
{
    public const int Shards = 4;
    public const int BadShard = 2;
    public const int BadRow = 1;
    public const int MicroBatch = 2;

    /// <summary>Sample of the spoiled row, the same in every step.</summary>
    public const long BadSample = (BadShard * MicroBatch) + BadRow;

    /// <param name="nonFinite">The spec's mapping.</param>
    public static RunSpec Spec(string nonFinite, string method = "method: gmml", int everySteps = 500)
    {
        var result = RunSpecParser.Parse(
            $$"""
            {{method}}
            data: { images: none }
            budget: { steps: 12 }
            batch: { size: {{Shards * MicroBatch}}, shards: {{Shards}} }
            backbone: { custom: { patch: 4, dim: 16, depth: 2, heads: 2 }, image: 8, channels: 1, initialization: xavier }
            optimizer: { warmup: 0, baseLearningRate: 0.01 }
            checkpoint: { everySteps: {{everySteps}} }
            nonFinite: {{nonFinite}}
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    /// <summary>A run whose given steps are spoiled in one value of the views.</summary>
    public static TrainingRun Of(RunSpec spec, IEnumerable<long> badSteps, float bad = float.NaN, int threads = 1) =>
        Over(spec, MethodCatalog.Create(spec), new NoiseShards([.. badSteps], bad), threads);

    /// <summary>A run in whose step 1 the gradient alone is spoiled: one tensor, in the given shards.</summary>
    public static TrainingRun OfGradient(RunSpec spec, string tensor, float bad, params int[] shards) =>
        Over(spec, new SpoiledMethod(MethodCatalog.Create(spec), tensor, bad, shards), new NoiseShards([], 0), threads: 1);

    /// <summary>Takes steps on so many ranks.</summary>
    /// <param name="open">Opens one rank's run.</param>
    /// <returns>What every rank told alike.</returns>
    public static string OnRanks(int ranks, int steps, Func<TrainingRun> open)
    {
        var results = new ConcurrentBag<string>();
        var ranges = ShardRange.InOrder(ShardPlan.Cut(Shards, ranks));
        var threads = ProcessGroup
            .InMemory(Shards, ranges)
            .Select(group => new Thread(() =>
            {
                using var run = open();
                results.Add(Tell(run, group, steps));
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(ranks, results.Count);
        return Assert.Single(results.Distinct());
    }

    /// <summary>Rows, and how the run ended: by a failure or with the state's digest.</summary>
    public static string Tell(TrainingRun run, ProcessGroup group, int steps)
    {
        var told = new List<string>();
        try
        {
            for (var step = 0; step < steps; step++)
            {
                var row = run.Step(group);
                var losses = row.Losses.Select(term => $"{term.Name}={BitConverter.DoubleToInt64Bits(term.Value):x}");
                told.Add($"{string.Join(' ', losses)} {row.GradientNorm:R} {row.NonFinite?.Tell(row.Step)}");
            }
        }
        catch (NonFiniteException e)
        {
            told.Add(e.Message);
        }

        return string.Join('\n', [.. told, run.State.Sha256(), run.State.WeightsSha256()]);
    }

    /// <summary>A run of a method of the test's own.</summary>
    /// <param name="bucketBytes">See <see cref="TrainingOptions"/>.</param>
    public static TrainingRun Over(RunSpec spec, IPretrainingMethod method, int threads, int bucketBytes) =>
        Over(spec, method, new NoiseShards([], 0), threads, bucketBytes);

    private static TrainingRun Over(
        RunSpec spec,
        IPretrainingMethod method,
        IShardSource source,
        int threads,
        int bucketBytes = GradientBucket.DefaultBytes
    ) => TrainingRun.Over(spec, method, source, RunSchedules.Of(spec, stepsPerEpoch: 4), threads, bucketBytes: bucketBytes);

    private sealed class NoiseShards(HashSet<long> badSteps, float bad) : IShardSource
    {
        public double Fill(long step, int shard, int thread, ShardViews views)
        {
            new PhiloxStream(7, DrawPurpose.CorruptionNoise, step, shard, 0).FillGaussian(views.CleanValues);
            if (views.Corrupted is not null)
            {
                new PhiloxStream(7, DrawPurpose.CorruptionNoise, step, shard, 1).FillGaussian(views.CorruptedValues);
            }

            Array.Fill(views.Mask, 1);
            for (var row = 0; row < views.Rows; row++)
            {
                views.Turns[row] = new SampleTurn((shard * MicroBatch) + (row % MicroBatch), step);
            }

            if (shard == BadShard && badSteps.Contains(step))
            {
                views.CleanValues[(BadRow * views.RowLength) + 3] = bad;
                if (views.Corrupted is not null)
                {
                    views.CorruptedValues[(BadRow * views.RowLength) + 3] = bad;
                }
            }

            return views.Mask.Length;
        }
    }

    private sealed class SpoiledMethod(IPretrainingMethod method, string tensor, float bad, int[] shards) : DelegatedMethod(method)
    {
        public override void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
        {
            base.BackwardShard(work, student, step);
            if (step.Step == 1 && shards.Contains(work.Shard))
            {
                student.named_parameters().Single(p => p.name == tensor).parameter.grad!.fill_(bad);
            }
        }
    }
}
