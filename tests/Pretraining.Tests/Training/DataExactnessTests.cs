using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>The bytes that reach the model, and which samples they come from, whoever makes them.</summary>
public sealed class DataExactnessTests
{
    private const int Files = 45;
    private const int Batch = 8;
    private const int Shards = 4;

    [Fact]
    public void Bytes_do_not_depend_on_ranks_threads_or_where_training_goes_on()
    {
        using var folder = Pictures(damaged: [11]);
        var expected = Bytes(folder, "", ranks: 1, threads: 0, from: 0);
        Assert.Equal(2 * (Files / Batch), expected.Count);
        Assert.Equal(expected, Bytes(folder, "", ranks: 1, threads: 3, from: 0));
        Assert.Equal(expected, Bytes(folder, "", ranks: 2, threads: 1, from: 0));
        Assert.Equal(expected, Bytes(folder, "", ranks: 3, threads: 2, from: 0));
        Assert.Equal(expected.Where(pair => pair.Key >= 3), Bytes(folder, "", ranks: 4, threads: 1, from: 3));
        Assert.Equal(expected, Bytes(folder, ", prefetch: 0", ranks: 2, threads: 2, from: 0));
    }

    [Theory]
    [InlineData("drop", Files / Batch, Files / Batch * Batch)]
    [InlineData("wrap", (Files + Batch - 1) / Batch, Files)]
    public void Every_sample_is_seen_once_an_epoch(string lastBatch, int stepsPerEpoch, int distinct)
    {
        using var folder = Pictures(damaged: []);
        var spec = Spec($", lastBatch: {lastBatch}");
        using var data = DataSets.Open(new DataLocation(folder.Root), spec);
        var sampler = new ShardSampler(spec.Seed, data.PretrainingCount, Batch, Shards, spec.Data.LastBatch);
        Assert.Equal(stepsPerEpoch, sampler.StepsPerEpoch);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<long>();
            var turns = new SampleTurn[Batch / Shards];
            for (var step = epoch * stepsPerEpoch; step < (epoch + 1) * stepsPerEpoch; step++)
            {
                for (var shard = 0; shard < Shards; shard++)
                {
                    sampler.Turns(step, shard, turns);
                    Assert.All(turns, turn => Assert.Equal(epoch, turn.Pass));
                    seen.AddRange(turns.Select(turn => turn.Sample));
                }
            }

            Assert.Equal(distinct, seen.Distinct().Count());
            Assert.Equal(distinct, seen.Take(distinct).Distinct().Count());
        }
    }

    [Fact]
    public void Balanced_sampling_of_data_without_groups_is_refused()
    {
        using var folder = Pictures(damaged: []);
        var options = new TrainingOptions(new DataLocation(folder.Root), 1, 0);
        Assert.Contains(
            "data.sampling: balanced needs data with groups",
            Assert.Throws<DataException>(() => TrainingRun.Open(Spec(", sampling: balanced"), options)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Damaged_samples_are_named_replaced_by_the_next_and_counted(int ranks)
    {
        using var folder = Pictures(damaged: [11, 12, 30]);
        var rows = Train(folder, Spec(", maxDamaged: 3"), ranks, steps: 2 * (Files / Batch));
        var named = rows.SelectMany(row => row.Damaged ?? []).ToList();
        Assert.Contains(named, sample => sample is { Sample: 11, Replacement: 13 });
        Assert.Contains(named, sample => sample is { Sample: 12, Replacement: 13 });
        Assert.Contains(named, sample => sample is { Sample: 30, Replacement: 31 });
        Assert.All(named, sample => Assert.Contains($"pictures/{sample.Sample:D2}.png", sample.Problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_run_fails_at_the_same_step_whatever_the_ranks_when_an_epoch_meets_too_many(int ranks)
    {
        using var folder = Pictures(damaged: [11, 12, 30]);
        var spec = Spec(", maxDamaged: 2");
        var problem = Assert.Throws<DataException>(() => Train(folder, spec, ranks, steps: 2 * (Files / Batch)));
        Assert.Contains("data.maxDamaged, 2", problem.Message, StringComparison.Ordinal);
        Assert.Contains("pictures/", problem.Message, StringComparison.Ordinal);
        using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(folder.Root), 1, 1));
        using var group = ProcessGroup.Alone(Shards);
        var (met, failed) = (0, -1L);
        for (var step = 0; failed < 0; step++)
        {
            try
            {
                met = (step % run.StepsPerEpoch == 0 ? 0 : met) + (run.Step(group).Damaged?.Count ?? 0);
                Assert.InRange(met, 0, 2);
                Assert.Equal(met, run.State.Damaged!.Host.Span[0]);
            }
            catch (DataException)
            {
                failed = step;
            }
        }

        Assert.Equal(failed, run.State.Step);
        Assert.Equal(failed, Train(folder, spec, ranks, steps: (int)failed).Count);
    }

    [Fact]
    public void A_file_that_is_gone_is_not_replaced_for_another_worker_may_still_have_it()
    {
        using var folder = Pictures(damaged: []);
        using var run = TrainingRun.Open(Spec(", prefetch: 0"), new TrainingOptions(new DataLocation(folder.Root), 1, 0));
        using var group = ProcessGroup.Alone(Shards);
        foreach (var picture in Directory.EnumerateFiles(Path.Combine(folder.Root, "pictures")))
        {
            File.Delete(picture);
        }

        var problem = Assert.Throws<DataException>(() => run.Step(group)).Message;
        Assert.Contains("cannot be read", problem, StringComparison.Ordinal);
        Assert.Contains("pictures/", problem, StringComparison.Ordinal);
        Assert.Equal(0, run.State.Step);
    }

    [Fact]
    public void Without_tolerance_the_first_damaged_sample_fails_the_run_by_its_name()
    {
        using var folder = Pictures(damaged: [.. Enumerable.Range(0, Files)]);
        using var run = TrainingRun.Open(Spec(", maxDamaged: 0"), new TrainingOptions(new DataLocation(folder.Root), 1, 1));
        using var group = ProcessGroup.Alone(Shards);
        Assert.Contains(".png", Assert.Throws<DataException>(() => run.Step(group)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(run.State.Slots, slot => slot.Name == "damaged");
    }

    private static List<StepRow> Train(DataFolder folder, RunSpec spec, int ranks, int steps)
    {
        var rows = new ConcurrentDictionary<int, List<StepRow>>();
        var failures = new ConcurrentBag<Exception>();
        var ranges = ShardRange.InOrder(ShardPlan.Cut(Shards, ranks));
        var threads = ProcessGroup
            .InMemory(Shards, ranges)
            .Select(group => new Thread(() =>
            {
                try
                {
                    using var run = TrainingRun.Open(spec, new TrainingOptions(new DataLocation(folder.Root), 1, 1));
                    rows[group.Rank] = [.. Enumerable.Range(0, steps).Select(_ => run.Step(group))];
                }
                catch (Exception e)
                {
                    failures.Add(e);
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (!failures.IsEmpty)
        {
            Assert.Equal(ranks, failures.Count);
            Assert.Single(failures.Select(failure => failure.Message).Distinct());
            throw failures.First();
        }

        // Every rank tells the same.
        Assert.Single(rows.Values.Select(list => string.Join(';', list.SelectMany(row => row.Damaged ?? []))).Distinct());
        return rows[0];
    }

    /// <summary>A digest of what every shard of a step is given.</summary>
    private static SortedDictionary<long, string> Bytes(DataFolder folder, string options, int ranks, int threads, long from)
    {
        var spec = Spec(options);
        var digests = new ConcurrentDictionary<(long Step, int Shard), string>();
        var first = 0;
        var end = 2L * (Files / Batch);
        foreach (var count in ShardPlan.Cut(Shards, ranks))
        {
            var data = DataSets.Open(new DataLocation(folder.Root), spec);
            var sampler = new ShardSampler(spec.Seed, data.PretrainingCount, Batch, Shards);
            var source = new RenderedShards(spec, data, sampler, Math.Max(1, threads));
            using var prepared = new PreparedShards(
                source,
                () => new ShardViews(ViewGroup.Global(spec), Batch / Shards),
                threads,
                3,
                end,
                "test"
            );
            prepared.Aim(new ShardRange(first, count), from);
            for (var step = from; step < end; step++)
            {
                for (var shard = first; shard < first + count; shard++)
                {
                    var views = prepared.Take(step, shard, 0, () => { });
                    digests[(step, shard)] = Digest(views);
                    prepared.Return(views);
                }
            }

            first += count;
        }

        return new SortedDictionary<long, string>(
            digests
                .GroupBy(pair => pair.Key.Step)
                .ToDictionary(step => step.Key, step => string.Join(' ', step.OrderBy(pair => pair.Key.Shard).Select(pair => pair.Value)))
        );
    }

    private static string Digest(ShardViews views)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(views.Turns.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(views.CleanValues));
        hash.AppendData(MemoryMarshal.AsBytes(views.CorruptedValues));
        hash.AppendData(MemoryMarshal.AsBytes(views.Mask.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static RunSpec Spec(string options)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { images: pictures{{options}} }
            budget: { steps: 100 }
            batch: { size: {{Batch}}, shards: {{Shards}} }
            workers: { max: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 1, heads: 2 }, image: 8, channels: 1 }
            options: { corruption: { block: [0.25, 0.6] } }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }

    private static DataFolder Pictures(int[] damaged)
    {
        var folder = new DataFolder();
        for (var i = 0; i < Files; i++)
        {
            var seed = i;
            var png = DataFolder.Picture(
                11 + (i % 3),
                9,
                (x, y) => new SKColor((byte)((x * 37) + (seed * 11)), (byte)(y * 17), (byte)(seed * 5))
            );
            folder.Write($"pictures/{i:D2}.png", damaged.Contains(i) ? png[..30] : png);
        }

        return folder;
    }
}
