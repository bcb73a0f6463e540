using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>Gradients that leave bucket by bucket while others are computed, and ranks that fail meanwhile. That the bits are the same: <see cref="WorldSizeTests"/>.</summary>
public sealed class GradientExchangeTests
{
    private const int Steps = 4;
    private const int BadStep = 2;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void A_rank_that_fails_among_buckets_leaves_all_at_the_step_before_and_the_next_group_goes_on(int threads, bool beforeBackward)
    {
        var spec = SpoiledRun.Spec("{}");
        var expected = SpoiledRun.OnRanks(1, Steps, () => SpoiledRun.Of(spec, []));
        using var gone = new ManualResetEventSlim();
        var runs = new TrainingRun[2];
        for (var rank = 0; rank < 2; rank++)
        {
            var method = rank == 0 ? new HeldMethod(spec, gone) : (IPretrainingMethod)new FailingMethod(spec, beforeBackward);
            runs[rank] = SpoiledRun.Over(spec, method, threads, bucketBytes: 1);
        }

        var failures = new ConcurrentDictionary<int, Exception>();
        OnRanks(group =>
        {
            var run = runs[group.Rank];
            SpoiledRun.Tell(run, group, BadStep);
            var before = run.State.Sha256();
            failures[group.Rank] = Assert.ThrowsAny<Exception>(() => run.Step(group));
            Assert.Equal((BadStep, before), (run.State.Step, run.State.Sha256()));
            group.Dispose();
            gone.Set();
        });
        Assert.Equal("as the test wants it", failures[1].Message);
        Assert.IsAssignableFrom<CollectiveException>(failures[0]);
        var ends = new ConcurrentBag<string>();
        OnRanks(group => ends.Add(SpoiledRun.Tell(runs[group.Rank], group, Steps - BadStep)));
        Array.ForEach(runs, run => run.Dispose());
        var last = Assert.Single(ends.Distinct());
        Assert.EndsWith(last, expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    public void Every_rank_exchanges_every_bucket(int ranks, int threads)
    {
        var spec = SpoiledRun.Spec("{}");
        var traffic = Enumerable.Range(0, ranks).Select(_ => new CountedFrames()).ToArray();
        var whole = Enumerable.Range(0, ranks).Select(_ => new CountedFrames()).ToArray();
        Assert.Equal(Train(traffic, 1), Train(whole, GradientBucket.DefaultBytes));
        // Heads, two blocks, embeddings.
        Assert.All(traffic.Zip(whole), pair => Assert.Equal(4 * pair.Second.Gradients, pair.First.Gradients));

        string Train(CountedFrames[] counted, int bytes)
        {
            var ends = new ConcurrentBag<string>();
            OnRanks(
                group =>
                {
                    using var run = SpoiledRun.Over(spec, MethodCatalog.Create(spec), threads, bytes);
                    ends.Add(SpoiledRun.Tell(run, group, Steps));
                },
                counted
            );
            return Assert.Single(ends.Distinct());
        }
    }

    private static void OnRanks(Action<ProcessGroup> body, CountedFrames[]? traffic = null)
    {
        var ranks = traffic?.Length ?? 2;
        var failures = new ConcurrentBag<Exception>();
        var threads = ProcessGroup
            .InMemory(SpoiledRun.Shards, ShardRange.InOrder(ShardPlan.Cut(SpoiledRun.Shards, ranks)), traffic: traffic)
            .Select(group => new Thread(() =>
            {
                try
                {
                    body(group);
                }
                catch (Exception e)
                {
                    failures.Add(e);
                    group.Abort("a test failed");
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(failures);
    }

    /// <summary>Fails once, in the last shard of the bad step: before its backward pass, or when all of its buckets but the last have left.</summary>
    private sealed class FailingMethod(RunSpec spec, bool beforeBackward) : DelegatedMethod(MethodCatalog.Create(spec))
    {
        private bool failed;

        public override void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
        {
            var fails = step.Step == BadStep && work.Shard == SpoiledRun.Shards - 1 && !failed;
            if (!fails || !beforeBackward)
            {
                base.BackwardShard(work, student, step);
            }

            if (fails)
            {
                failed = true;
                throw new InvalidOperationException("as the test wants it");
            }
        }
    }

    /// <summary>Computes its last shard of the bad step when the other rank is gone: its buckets then meet nobody.</summary>
    private sealed class HeldMethod(RunSpec spec, ManualResetEventSlim gone) : DelegatedMethod(MethodCatalog.Create(spec))
    {
        public override void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
        {
            if (step.Step == BadStep && work.Shard == (SpoiledRun.Shards / 2) - 1)
            {
                gone.Wait();
            }

            base.BackwardShard(work, student, step);
        }
    }

    /// <summary>How many frames of gradients a rank has sent.</summary>
    private sealed class CountedFrames : IFrameTraffic
    {
        private int gradients;

        public int Gradients => gradients;

        public void Count(FrameKind kind, int bytesSent, int bytesReceived)
        {
            if (kind == FrameKind.Gradient && bytesSent > 0)
            {
                Interlocked.Increment(ref gradients);
            }
        }
    }
}
