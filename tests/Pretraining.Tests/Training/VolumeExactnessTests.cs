using System.Collections.Concurrent;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Pretraining.Tests.Data.Volumes;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>A run on slices has the same bits whoever trains it, also where volumes are damaged.</summary>
public sealed class VolumeExactnessTests : IDisposable
{
    private const int Steps = 5;
    private const int Shards = 4;
    private readonly DataFolder folder = new();

    public VolumeExactnessTests()
    {
        foreach (var file in new[] { "lps-i2-scaled.nii.gz", "oblique-i4.nii", "psr-f4.nii", "qform-u2.nii", "ras-u1.nii.gz", "u1.npy" })
        {
            folder.Write($"scans/{file}", VolumeFiles.Bytes(file));
        }

        folder.Write("scans/cut.nii.gz", DataFolder.Gzip(VolumeFiles.Bytes("ras-u1.nii")[..380]));
        folder.Write("scans/wrong.npy", VolumeFiles.Bytes("u1.npy")[..100]);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("uniform")]
    [InlineData("balanced")]
    public void Bits_do_not_depend_on_ranks_or_threads(string sampling)
    {
        var alone = Train(sampling, ranks: 1, threads: 1, dataThreads: 0);
        Assert.Contains("scans/cut.nii.gz", alone.Damaged, StringComparison.Ordinal);
        Assert.Contains("scans/wrong.npy", alone.Damaged, StringComparison.Ordinal);
        Assert.Equal(alone, Train(sampling, ranks: 1, threads: 3, dataThreads: 3));
        Assert.Equal(alone, Train(sampling, ranks: 2, threads: 1, dataThreads: 1));
        Assert.Equal(alone, Train(sampling, ranks: 3, threads: 2, dataThreads: 2));
        Assert.Equal(alone, Train(sampling, ranks: 4, threads: 1, dataThreads: 0));
    }

    private (string State, string Losses, string Damaged) Train(string sampling, int ranks, int threads, int dataThreads)
    {
        var results = new ConcurrentDictionary<int, (string, string, string)>();
        var ranges = ShardRange.InOrder(ShardPlan.Cut(Shards, ranks));
        var ranksThreads = ProcessGroup
            .InMemory(Shards, ranges)
            .Select(group => new Thread(() => results[group.Rank] = TrainRank(sampling, group, threads, dataThreads)))
            .ToList();
        ranksThreads.ForEach(thread => thread.Start());
        ranksThreads.ForEach(thread => thread.Join());
        Assert.Equal(ranks, results.Count);
        return Assert.Single(results.Values.Distinct());
    }

    private (string State, string Losses, string Damaged) TrainRank(string sampling, ProcessGroup group, int threads, int dataThreads)
    {
        using var run = TrainingRun.Open(Spec(sampling), new TrainingOptions(new DataLocation(folder.Root), threads, dataThreads));
        using var losses = new LossDigest();
        var damaged = new List<DamagedSampleRow>();
        for (var step = 0; step < Steps; step++)
        {
            var row = run.Step(group);
            losses.Add(step, row.Losses);
            damaged.AddRange(row.Damaged ?? []);
        }

        return (run.State.Sha256(), losses.Hex(), string.Join('\n', damaged));
    }

    private static RunSpec Spec(string sampling)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { volumes: scans, maxDamaged: 100, sampling: {{sampling}} }
            budget: { steps: 100 }
            batch: { size: 8, shards: {{Shards}} }
            workers: { max: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 1, heads: 2 }, image: 8, channels: 1 }
            options: { corruption: { block: [0.25, 0.6] } }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
