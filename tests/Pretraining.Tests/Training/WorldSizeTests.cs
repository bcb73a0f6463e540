using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>The promise: losses and weights are a function of the spec alone.</summary>
public sealed class WorldSizeTests
{
    private const int Steps = 4;

    public static TheoryData<string> Specs =>
        new(
            "method: gmml",
            "method: gmml\nmaskedMean: shard",
            "method: mim-clustering\noptions: { avoidCollapse: sinkhorn, prototypes: 32, head: { hidden: 32, bottleneck: 16 } }",
            "method: mim-clustering\noptions: { avoidCollapse: sinkhorn, sinkhorn: { rows: pooled }, prototypes: 32, head: { hidden: 32, bottleneck: 16, normalizePrototypes: false } }",
            "method: mim-clustering\noptions: { avoidCollapse: centering, prototypes: 32, head: { hidden: 32, bottleneck: 16 } }",
            "method: mim-clustering\noptions: { avoidCollapse: me-max+sinkhorn, tokens: both, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: clustering\noptions: { avoidCollapse: me-max, tokens: patch, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: clustering\noptions: { avoidCollapse: none, prototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: asit\noptions: { prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }, reconstruction: { hidden: [16, 16, 8] } }",
            "method: gmml\noptions: { localViews: { count: 3, image: 14 } }",
            "method: gmml\nmaskedMean: shard\noptions: { localViews: { count: 1, image: [7, 14] } }",
            "method: clustering\noptions: { localViews: { count: 4, image: 14 }, avoidCollapse: me-max, tokens: both, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: mim-clustering\noptions: { localViews: { count: 2, image: 14 }, prototypes: 32, head: { hidden: 32, bottleneck: 16 } }\npooling: mean",
            "method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16 } }\npooling: mean",
            "method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16 } }",
            "method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16, statistics: pooled, teacherLeads: false } }",
            "method: gmml\nprecision: bf16",
            "method: mim-clustering\nprecision: bf16\noptions: { tokens: both, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: asit\nprecision: bf16\noptions: { prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }, reconstruction: { hidden: [16, 16, 8] } }",
            "method: contrastive\nprecision: bf16\noptions: { contrastive: { hidden: 32, dim: 16 } }",
            "method: gmml\nwire: bf16",
            "method: mim-clustering\nprecision: bf16\nwire: bf16\noptions: { prototypes: 32, head: { hidden: 32, bottleneck: 16 } }",
            "method: contrastive\nwire: bf16\noptions: { contrastive: { hidden: 32, dim: 16 } }"
        );

    [Theory]
    [MemberData(nameof(Specs))]
    public void Bits_do_not_depend_on_ranks_or_threads(string method)
    {
        var spec = Spec(method);
        var alone = Train(spec, ranks: 1, threads: 1);
        Assert.Equal(alone, Train(spec, ranks: 1, threads: 3));
        Assert.Equal(alone, Train(spec, ranks: 2, threads: 1));
        Assert.Equal(alone, Train(spec, ranks: 2, threads: 1, bucketBytes: GradientBucket.DefaultBytes));
        Assert.Equal(alone, Train(spec, ranks: 2, threads: 3));
        Assert.Equal(alone, Train(spec, ranks: 3, threads: 2));
        Assert.Equal(alone, Train(spec, ranks: 4, threads: 1));
    }

    /// <summary>Gradients that lie where the other rank reads them.</summary>
    [Theory]
    [InlineData("method: gmml")]
    [InlineData("method: mim-clustering\noptions: { prototypes: 32, head: { hidden: 32, bottleneck: 16 } }")]
    [InlineData("method: gmml\nwire: bf16")]
    public void Bits_do_not_depend_on_where_gradients_lie(string method)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "arenas are Linux's");
        var spec = Spec(method);
        var alone = Train(spec, ranks: 1, threads: 1);
        Assert.Equal(alone, SharedRanks.Train(spec, lends: true));
        Assert.Equal(alone, SharedRanks.Train(spec, lends: true, GradientBucket.DefaultBytes));
        Assert.Equal(alone, SharedRanks.Train(spec, lends: false));
    }

    [Theory]
    [InlineData("method: gmml")]
    [InlineData("method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16 } }")]
    public void Another_precision_gives_other_bits(string method) =>
        Assert.NotEqual(Train(Spec(method), 1, 1), Train(Spec(method + "\nprecision: bf16"), 1, 1));

    [Fact]
    public void Another_precision_of_the_wire_gives_other_bits_and_nearly_the_same_losses()
    {
        var (fp32, bf16) = (FirstLosses(Spec("method: gmml")), FirstLosses(Spec("method: gmml\nwire: bf16")));
        // No gradient has crossed ranks before the first loss.
        Assert.Equal(fp32[0], bf16[0]);
        Assert.All(fp32.Zip(bf16).Skip(1), pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.All(fp32.Zip(bf16), pair => Assert.Equal(pair.First, pair.Second, pair.First * 0.01));
    }

    [Fact]
    public void Another_seed_or_number_of_shards_gives_other_bits()
    {
        var first = Train(Spec("method: gmml"), 1, 1);
        Assert.NotEqual(first, Train(Spec("method: gmml\nseed: 1"), 1, 1));
        Assert.NotEqual(first, Train(Spec("method: gmml", shards: 8), 1, 1));
    }

    /// <summary>A checkpoint copies the state while the step after it is computed.</summary>
    [Theory]
    [MemberData(nameof(Specs))]
    public void State_is_only_read_until_the_gradients_are_exchanged(string method)
    {
        var spec = Spec(method);
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(Samples()), 2, 1));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        for (var step = 0; step < 2; step++)
        {
            var before = run.State.Sha256();
            run.Step(
                group,
                moment =>
                {
                    if (moment == StepMoment.GradientsExchanged)
                    {
                        Assert.Equal(before, run.State.Sha256());
                    }
                }
            );
            Assert.NotEqual(before, run.State.Sha256());
        }
    }

    [Fact]
    public void A_step_stopped_before_its_commit_changes_nothing_and_runs_again_to_the_same_bits()
    {
        var spec = Spec("method: mim-clustering\noptions: { prototypes: 32, head: { hidden: 32, bottleneck: 16 } }");
        foreach (var moment in Enum.GetValues<StepMoment>().Where(m => m != StepMoment.Committed))
        {
            using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(Samples()), 2, 1));
            using var group = ProcessGroup.Alone(spec.Batch.Shards);
            run.Step(group);
            var before = run.State.Sha256();
            Assert.Throws<StepAbortedException>(() =>
                run.Step(
                    group,
                    m =>
                    {
                        if (m == moment)
                        {
                            run.Abort("test");
                        }
                    }
                )
            );
            Assert.Equal(before, run.State.Sha256());
            run.ClearAbort();
            for (var step = 1; step < Steps; step++)
            {
                run.Step(group);
            }

            Assert.Equal(Train(spec, 1, 1).State, run.State.Sha256());
        }
    }

    [Fact]
    public void A_weight_that_is_not_a_number_stops_the_step_on_every_rank_with_the_same_words()
    {
        var spec = Spec("method: gmml");
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(Samples()), 1, 0));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        run.State.Student.Host.Span[0] = float.NaN;
        var before = run.State.Sha256();
        Assert.Contains("Step 0", Assert.Throws<NonFiniteException>(() => run.Step(group)).Message, StringComparison.Ordinal);
        Assert.Equal(before, run.State.Sha256());
    }

    [Theory]
    [InlineData("global")]
    [InlineData("shard")]
    public void Nothing_masked_is_no_loss_and_no_error_on_any_rank(string maskedMean)
    {
        var spec = Spec($"method: gmml\nmaskedMean: {maskedMean}\noptions: {{ corruption: {{ area: 0, replace: {{ probability: 0 }} }} }}");
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(Samples()), 1, 0));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        for (var step = 0; step < Steps; step++)
        {
            var row = run.Step(group);
            Assert.All(row.Losses, term => Assert.Equal(0, term.Value));
            Assert.Equal(0, row.GradientNorm);
        }

        Assert.DoesNotContain(float.NaN, run.State.Student.Host.Span.ToArray());
        Assert.Equal(Train(spec, ranks: 1, threads: 1), Train(spec, ranks: 3, threads: 1));
    }

    [Fact]
    public void A_corruption_that_could_never_cover_its_area_is_refused_before_anything_is_read()
    {
        var spec = Spec("method: gmml\noptions: { corruption: { area: 0.95, align: 7, block: [0.3, 0.3] } }");
        Assert.StartsWith(
            "options.corruption:",
            Assert.Throws<DataException>(() => TrainingRun.Open(spec, new TrainingOptions(new DataLocation("/nowhere"), 1, 1))).Message,
            StringComparison.Ordinal
        );
    }

    private static double[] FirstLosses(RunSpec spec)
    {
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(Samples()), 1, 0));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        return [.. Enumerable.Range(0, Steps).Select(_ => run.Step(group).Losses[0].Value)];
    }

    /// <summary>Trains a few steps in memory.</summary>
    /// <param name="root">Of the data; null: the samples'.</param>
    /// <param name="bucketBytes">Least bytes of what is exchanged at once: with 1 heads, blocks and embeddings leave one by one.</param>
    internal static (string State, string Weights, string Losses) Train(
        RunSpec spec,
        int ranks,
        int threads,
        string? root = null,
        int bucketBytes = 1
    )
    {
        var results = new ConcurrentDictionary<int, (string, string, string)>();
        var ranges = ShardRange.InOrder(ShardPlan.Cut(spec.Batch.Shards, ranks));
        var groups = ProcessGroup.InMemory(spec.Batch.Shards, ranges);
        var rankThreads = groups
            .Select(group => new Thread(() => results[group.Rank] = TrainRank(spec, group, threads, root ?? Samples(), bucketBytes)))
            .ToList();
        rankThreads.ForEach(t => t.Start());
        rankThreads.ForEach(t => t.Join());
        Assert.Equal(ranks, results.Count);
        return Assert.Single(results.Values.Distinct());
    }

    internal static (string State, string Weights, string Losses) TrainRank(
        RunSpec spec,
        ProcessGroup group,
        int threads,
        string root,
        int bucketBytes
    )
    {
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(root), threads, DataThreads: threads - 1, bucketBytes));
        using var losses = new LossDigest();
        using var health = new LossDigest();
        for (var step = 0; step < Steps; step++)
        {
            var row = run.Step(group);
            Assert.All(row.Losses, term => Assert.True(double.IsFinite(term.Value)));
            losses.Add(step, row.Losses);
            Assert.All(row.Health!, figure => Assert.InRange(figure.Value, 0, 1.0001));
            Assert.Equal(step == 0, row.Health!.Any(figure => figure.Name == HealthFigures.EffectiveRank));
            health.Add(step, [.. row.Health!.Select(figure => new LossTerm(figure.Name, figure.Value))]);
        }

        return (run.State.Sha256(), run.State.WeightsSha256(), losses.Hex() + health.Hex());
    }

    internal static RunSpec Spec(string method, int shards = 4)
    {
        var pooling = method.Split("\npooling: ") is [_, var word] ? word : "class";
        var result = RunSpecParser.Parse(
            $$"""
            {{method.Split("\npooling: ")[0]}}
            data: { images: fashion-mnist/t10k-images-idx3-ubyte, holdOut: 1000 }
            budget: { steps: 40 }
            batch: { size: 32, shards: {{shards}} }
            workers: { max: 4 }
            backbone: { custom: { patch: 7, dim: 32, depth: 2, heads: 2 }, image: 28, channels: 1, initialization: xavier, dropPath: 0.1, pooling: {{pooling}} }
            optimizer: { warmup: 0, baseLearningRate: 0.01 }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    internal static string Samples()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orchestrator.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "samples");
    }
}
