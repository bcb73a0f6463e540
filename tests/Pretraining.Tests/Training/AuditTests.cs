using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>What rows tell of what went into a step and what came out.</summary>
public sealed class AuditTests
{
    private const int BatchSize = 32;
    private const int Shards = 4;

    [Theory]
    [InlineData("method: gmml")]
    [InlineData(
        "method: mim-clustering\noptions: { localViews: { count: 2, image: 14 }, freezePrototypes: 2, prototypes: 32, head: { hidden: 32, bottleneck: 16 } }"
    )]
    public void Digests_do_not_depend_on_ranks_or_threads(string method)
    {
        var spec = Spec(method);
        var alone = OnRanks(spec, ranks: 1, threads: 1);
        Assert.All(
            alone,
            audit => Assert.All([audit.Samples, audit.Gradient, audit.Weights], hex => Assert.Matches("^[0-9a-f]{32}$", hex))
        );
        Assert.Equal(3 * alone.Count, alone.SelectMany(audit => new[] { audit.Samples, audit.Gradient, audit.Weights }).Distinct().Count());
        Assert.Equal(alone, OnRanks(spec, ranks: 1, threads: 3));
        Assert.Equal(alone, OnRanks(spec, ranks: 2, threads: 1));
        Assert.Equal(alone, OnRanks(spec, ranks: 3, threads: 2));
        Assert.Equal(alone, OnRanks(spec, ranks: 4, threads: 1));
    }

    [Fact]
    public void A_flipped_bit_of_a_weight_shows_from_its_step_on_and_never_in_the_samples()
    {
        var spec = Spec("method: gmml");
        var sound = OnRanks(spec, ranks: 1, threads: 1, steps: 5);
        using var run = Open(spec);
        using var group = ProcessGroup.Alone(Shards);
        var flipped = new List<AuditRow>();
        for (var step = 0; step < sound.Count; step++)
        {
            if (step == 2)
            {
                ref var weight = ref run.State.Student[
                    run.State.Layout.Segments.First(s => s.Name.EndsWith("fc1.weight", StringComparison.Ordinal))
                ][5];
                weight = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(weight) ^ (1 << 20));
            }

            flipped.Add(run.Step(group).Audit!);
        }

        Assert.Equal(sound.Take(2), flipped.Take(2));
        Assert.Equal(sound.Select(audit => audit.Samples), flipped.Select(audit => audit.Samples));
        Assert.All(
            sound.Zip(flipped).Skip(2),
            pair =>
            {
                Assert.NotEqual(pair.First.Gradient, pair.Second.Gradient);
                Assert.NotEqual(pair.First.Weights, pair.Second.Weights);
            }
        );
    }

    [Theory]
    [InlineData(0, new long[] { })]
    [InlineData(3, new long[] { 0, 3, 4 })]
    public void A_full_audit_comes_every_so_many_steps_and_with_the_last_and_the_samples_in_every_row(int every, long[] full)
    {
        var audits = OnRanks(Spec($"method: gmml\naudit: {{ everySteps: {every} }}", steps: 5), ranks: 1, threads: 1, steps: 5);
        Assert.Equal(full, audits.Select((audit, step) => (audit, step)).Where(a => a.audit.Weights is not null).Select(a => (long)a.step));
        Assert.Equal(
            full,
            audits.Select((audit, step) => (audit, step)).Where(a => a.audit.Gradient is not null).Select(a => (long)a.step)
        );
        Assert.Equal(5, audits.Select(audit => audit.Samples).Distinct().Count());
    }

    [Fact]
    public void A_step_that_is_not_applied_has_no_gradient_and_the_weights_of_the_step_before()
    {
        var spec = SpoiledRun.Spec("{ policy: skip }\naudit: { everySteps: 1 }");
        using var run = SpoiledRun.Of(spec, [1]);
        using var group = ProcessGroup.Alone(SpoiledRun.Shards);
        var rows = Enumerable.Range(0, 3).Select(_ => run.Step(group)).ToArray();
        Assert.NotNull(rows[1].NonFinite);
        Assert.Null(rows[1].Audit!.Gradient);
        Assert.Equal(rows[0].Audit!.Weights, rows[1].Audit!.Weights);
        Assert.NotEqual(rows[1].Audit!.Weights, rows[2].Audit!.Weights);
    }

    [Fact]
    public void Each_sample_of_an_epoch_is_taken_once_through_stops_and_changes_of_the_ranks()
    {
        const int samples = 160;
        var spec = Spec("method: gmml", holdOut: 10_000 - samples, steps: 10);
        using var run = Open(spec);
        var sampler = new ShardSampler(spec.Seed, samples, BatchSize, Shards);
        Assert.Equal(5, sampler.StepsPerEpoch);
        var taken = new List<SampleTurn>();
        for (var step = 0; step < 2 * sampler.StepsPerEpoch; step++)
        {
            // Each step is first stopped at another moment and then run again, in a group of its own.
            var stop = (StepMoment)(step % (int)StepMoment.Committed);
            using (var group = ProcessGroup.Alone(Shards))
            {
                Assert.Throws<StepAbortedException>(() => run.Step(group, moment => StopAt(run, moment, stop)));
                run.ClearAbort();
            }

            using var again = ProcessGroup.Alone(Shards);
            var row = run.Step(again);
            var turns = Enumerable.Range(0, Shards).Select(shard => Turns(sampler, step, shard)).ToArray();
            Assert.Equal((step, DigestOf(turns)), (row.Step, row.Audit!.Samples));
            taken.AddRange(turns.SelectMany(turn => turn));
        }

        Assert.Equal(
            from pass in new long[] { 0, 1 }
            from sample in Enumerable.Range(0, samples)
            select new SampleTurn(sample, pass),
            taken.OrderBy(turn => turn.Pass).ThenBy(turn => turn.Sample)
        );
    }

    [Fact]
    public void Another_sample_another_pass_another_place_or_another_shard_is_another_digest()
    {
        SampleTurn[][] shards =
        [
            [new(1, 0), new(2, 0)],
            [new(3, 0), new(4, 0)],
        ];
        string[] digests =
        [
            DigestOf(shards),
            DigestOf([
                [new(1, 0), new(2, 0)],
                [new(3, 0), new(5, 0)],
            ]),
            DigestOf([
                [new(1, 0), new(2, 0)],
                [new(3, 0), new(4, 1)],
            ]),
            DigestOf([
                [new(2, 0), new(1, 0)],
                [new(3, 0), new(4, 0)],
            ]),
            DigestOf([shards[1], shards[0]]),
            DigestOf([shards[0], shards[0]]),
        ];
        Assert.Equal(digests.Length, digests.Distinct(StringComparer.Ordinal).Count());
    }

    private static void StopAt(TrainingRun run, StepMoment moment, StepMoment stop)
    {
        if (moment == stop)
        {
            run.Abort("test");
        }
    }

    private static SampleTurn[] Turns(ShardSampler sampler, long step, int shard)
    {
        var turns = new SampleTurn[sampler.ShardSize];
        sampler.Turns(step, shard, turns);
        return turns;
    }

    private static string DigestOf(IReadOnlyList<SampleTurn[]> shards)
    {
        var sums = new double[SampleDigest.Lanes];
        var part = new double[SampleDigest.Lanes];
        for (var shard = 0; shard < shards.Count; shard++)
        {
            SampleDigest.Write(shard, shards[shard], part);
            for (var lane = 0; lane < part.Length; lane++)
            {
                sums[lane] += part[lane];
            }
        }

        return SampleDigest.Hex(sums);
    }

    private static IReadOnlyList<AuditRow> OnRanks(RunSpec spec, int ranks, int threads, int steps = 4)
    {
        var results = new ConcurrentBag<IReadOnlyList<AuditRow>>();
        var ranges = ShardRange.InOrder(ShardPlan.Cut(Shards, ranks));
        var rankThreads = ProcessGroup
            .InMemory(Shards, ranges)
            .Select(group => new Thread(() =>
            {
                using var run = Open(spec, threads);
                results.Add([.. Enumerable.Range(0, steps).Select(_ => run.Step(group).Audit!)]);
            }))
            .ToList();
        rankThreads.ForEach(t => t.Start());
        rankThreads.ForEach(t => t.Join());
        Assert.Equal(ranks, results.Count);
        Assert.All(results, audits => Assert.Equal(results.First(), audits));
        return results.First();
    }

    private static TrainingRun Open(RunSpec spec, int threads = 1) =>
        TrainingRun.Open(spec, new TrainingOptions(new DataLocation(WorldSizeTests.Samples()), threads, DataThreads: threads - 1));

    private static RunSpec Spec(string method, int holdOut = 1000, int steps = 40)
    {
        var result = RunSpecParser.Parse(
            $$"""
            {{method}}
            data: { images: fashion-mnist/t10k-images-idx3-ubyte, holdOut: {{holdOut}} }
            budget: { steps: {{steps}} }
            batch: { size: {{BatchSize}}, shards: {{Shards}} }
            workers: { max: 4 }
            backbone: { custom: { patch: 7, dim: 32, depth: 2, heads: 2 }, image: 28, channels: 1, initialization: xavier, dropPath: 0.1 }
            optimizer: { warmup: 0, baseLearningRate: 0.01 }
            {{(method.Contains("audit:", StringComparison.Ordinal) ? "" : "audit: { everySteps: 1 }")}}
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
