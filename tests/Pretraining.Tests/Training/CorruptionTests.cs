using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>Machines that err without a word: found by the others, before anything that rests on it is kept.</summary>
public sealed class CorruptionTests
{
    private const int Steps = 4;

    public static TheoryData<string> Methods =>
        new(
            "method: gmml\noptions: { localViews: { count: 2, image: 14 } }",
            "method: mim-clustering\noptions: { avoidCollapse: me-max+sinkhorn, tokens: both, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: clustering\noptions: { avoidCollapse: centering, prototypes: 16, head: { hidden: 32, bottleneck: 16 } }",
            "method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16 } }",
            "method: asit\nprecision: bf16\noptions: { prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }, reconstruction: { hidden: [16, 16, 8] } }"
        );

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_shard_that_another_rank_computes_too_leaves_the_bits_as_they_are(string method)
    {
        var without = Train(Spec(method, recompute: 0), ranks: 1, threads: 1);
        Assert.Equal(without[0], Assert.Single(Train(Spec(method, recompute: 1), ranks: 2, threads: 1).Distinct()));
        Assert.Equal(without[0], Assert.Single(Train(Spec(method, recompute: 1), ranks: 3, threads: 2, dataThreads: 1).Distinct()));
        Assert.Equal(without[0], Assert.Single(Train(Spec(method, recompute: 2), ranks: 4, threads: 1, dataThreads: 2).Distinct()));
    }

    [Theory]
    [InlineData("method: gmml", 0)]
    [InlineData("method: gmml", 1)]
    [InlineData("method: gmml", 2)]
    [InlineData("method: mim-clustering\noptions: { prototypes: 32, head: { hidden: 32, bottleneck: 16 } }", 1)]
    [InlineData("method: contrastive\noptions: { contrastive: { hidden: 32, dim: 16 } }", 2)]
    public void Who_computes_wrong_numbers_is_named_by_all_and_nothing_is_committed(string method, int liar)
    {
        // Step 0 checks ranks 0 and 1, step 1 ranks 1 and 2.
        var found = Train(
            Spec(method, recompute: 1),
            ranks: 3,
            threads: 2,
            spoil: (liar, StepMoment.ViewsReady, StepMoment.BackwardDone),
            from: liar / 2
        );
        Assert.All(
            found,
            rank => Assert.Equal((CorruptionKind.Computation, true, $"{liar}"), (rank.Kind, rank.Decided, string.Join(' ', rank.Accused)))
        );
        Assert.Single(found.Select(rank => (rank.Step, rank.State, rank.Message)).Distinct());
        Assert.Equal(Train(Spec(method, 0), ranks: 1, threads: 1, steps: (int)found[0].Step)[0].State, found[0].State);
    }

    [Fact]
    public void Of_two_nobody_can_say_who_is_wrong()
    {
        var found = Train(Spec("method: gmml", 1), ranks: 2, threads: 1, spoil: (1, StepMoment.ViewsReady, StepMoment.BackwardDone));
        Assert.All(found, rank => Assert.Equal((false, "0 1"), (rank.Decided, string.Join(' ', rank.Accused))));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_bit_that_flips_in_the_memory_of_one_rank_is_found_after_the_next_full_audit(int ranks, bool decided)
    {
        // After the commit of step 1 and before that of step 2: steps 0 and 2 are audited.
        var found = Train(
            Spec("method: gmml", recompute: 0, audit: 2),
            ranks,
            threads: 2,
            spoil: (1, StepMoment.GradientsExchanged, null),
            from: 1
        );
        Assert.All(
            found,
            rank =>
                Assert.Equal(
                    (CorruptionKind.State, 3, decided, decided ? "1" : "0 1"),
                    (rank.Kind, rank.Step, rank.Decided, string.Join(' ', rank.Accused))
                )
        );
    }

    [Fact]
    public void Who_computes_from_weights_of_which_a_bit_flipped_is_no_bad_processor()
    {
        var found = Train(Spec("method: gmml", recompute: 1), ranks: 3, threads: 1, spoil: (1, StepMoment.Begun, null));
        Assert.All(found, rank => Assert.Equal((CorruptionKind.State, 0, true), (rank.Kind, rank.Step, rank.Decided)));
    }

    [Fact]
    public void A_step_that_is_not_finite_accuses_nobody()
    {
        var spec = SpoiledRun.Spec("{ policy: skip }\naudit: { everySteps: 1, recomputeEverySteps: 1 }");
        var groups = Groups(2, SpoiledRun.Shards);
        var rows = new ConcurrentBag<StepRow>();
        OnThreads(
            groups,
            group =>
            {
                using var run = SpoiledRun.Of(spec, [1]);
                for (var step = 0; step < 3; step++)
                {
                    rows.Add(run.Step(group));
                    run.CompareStates(group);
                }
            }
        );
        Assert.Equal(6, rows.Count);
        Assert.Equal(2, rows.Count(row => row.NonFinite is not null));
    }

    private static Outcome[] Train(
        RunSpec spec,
        int ranks,
        int threads,
        int dataThreads = 0,
        int steps = Steps,
        (int Rank, StepMoment From, StepMoment? To)? spoil = null,
        int from = 0
    )
    {
        var outcomes = new Outcome[ranks];
        OnThreads(
            Groups(ranks, spec.Batch.Shards),
            group => outcomes[group.Rank] = TrainRank(spec, group, threads, dataThreads, steps, spoil, from)
        );
        return outcomes;
    }

    private static Outcome TrainRank(
        RunSpec spec,
        ProcessGroup group,
        int threads,
        int dataThreads,
        int steps,
        (int Rank, StepMoment From, StepMoment? To)? spoil,
        int from
    )
    {
        using var run = TrainingRun.Open(
            spec,
            new TrainingOptions(new DataLocation(WorldSizeTests.Samples()), threads, dataThreads, BucketBytes: 1)
        );
        var spoiled = false;
        void Turn()
        {
            ref var weight = ref run.State.Student[run.State.Layout.Segments[0]][0];
            weight = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(weight) ^ (1 << 22));
            spoiled = !spoiled;
        }

        try
        {
            for (var step = 0; step < steps; step++)
            {
                run.Step(
                    group,
                    moment =>
                    {
                        var begins = moment == spoil?.From && !spoiled && step >= from;
                        if (spoil?.Rank == group.Rank && (begins || (moment == spoil?.To && spoiled)))
                        {
                            Turn();
                        }
                    }
                );
                run.CompareStates(group);
            }
        }
        catch (CorruptionException corruption)
        {
            return new Outcome(
                run.State.Sha256(),
                corruption.Kind,
                corruption.Step,
                [.. corruption.Accused],
                corruption.Decided,
                corruption.Message
            );
        }

        return new Outcome(run.State.Sha256(), default, run.State.Step, [], true, "");
    }

    private static ProcessGroup[] Groups(int ranks, int shards)
    {
        return ProcessGroup.InMemory(shards, ShardRange.InOrder(ShardPlan.Cut(shards, ranks)));
    }

    private static void OnThreads(ProcessGroup[] groups, Action<ProcessGroup> body)
    {
        Exception? failure = null;
        var threads = groups
            .Select(group => new Thread(() =>
            {
                try
                {
                    body(group);
                }
                catch (Exception e)
                {
                    failure ??= e;
                    group.Abort("a test failed");
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Null(failure);
    }

    private static RunSpec Spec(string method, int recompute, int audit = 10)
    {
        var result = RunSpecParser.Parse(
            $$"""
            {{method}}
            data: { images: fashion-mnist/t10k-images-idx3-ubyte, holdOut: 1000 }
            budget: { steps: 40 }
            batch: { size: 32, shards: 4 }
            workers: { max: 4 }
            backbone: { custom: { patch: 7, dim: 32, depth: 2, heads: 2 }, image: 28, channels: 1, initialization: xavier, dropPath: 0.1 }
            optimizer: { warmup: 0, baseLearningRate: 0.01 }
            audit: { everySteps: {{audit}}, recomputeEverySteps: {{recompute}} }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    private sealed record Outcome(string State, CorruptionKind Kind, long Step, int[] Accused, bool Decided, string Message)
    {
        public bool Equals(Outcome? other) => other is not null && (State, Step, Message) == (other.State, other.Step, other.Message);

        public override int GetHashCode() => State.GetHashCode(StringComparison.Ordinal);
    }
}
