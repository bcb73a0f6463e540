using System.Diagnostics;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Benchmarks.Step;

/// <summary>
/// How long a step's matrix products take bare: the backbone's and the head's, forward and twice that backward, with the shapes that they have in
/// the step, on as many threads of one torch thread each.
/// </summary>
internal static class MatrixRate
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    /// <summary>Seconds that the products of so many samples take on one thread while all threads are at theirs.</summary>
    /// <param name="rows">Samples of a product: a shard's.</param>
    public static double SecondsOfSample(BackboneShape shape, Precision precision, int rows, int threads)
    {
        using var gang = new ShardGang(threads, "products");
        var seconds = new double[threads];
        // Once to warm up, once to be measured.
        gang.ForEach(threads, (thread, _) => Repeat(shape, precision, rows));
        gang.ForEach(threads, (thread, item) => seconds[item] = Repeat(shape, precision, rows));
        return seconds.Average();
    }

    /// <summary>(m, k, n) of each product of a forward pass, and how many there are of it.</summary>
    private static IEnumerable<(long M, long K, long N, long Batch, int Count)> Products(BackboneShape shape, int rows)
    {
        long patches = (long)rows * shape.Patches;
        long tokens = (long)rows * (shape.Patches + shape.PrefixTokens);
        long length = shape.Patches + shape.PrefixTokens;
        long dim = shape.Dim;
        yield return (patches, shape.PatchValues, dim, 1, 1);
        yield return (tokens, dim, 3 * dim, 1, shape.Depth);
        yield return (length, dim / shape.Heads, length, (long)rows * shape.Heads, shape.Depth);
        yield return (length, length, dim / shape.Heads, (long)rows * shape.Heads, shape.Depth);
        yield return (tokens, dim, dim, 1, shape.Depth);
        yield return (tokens, dim, shape.MlpRatio * dim, 1, shape.Depth);
        yield return (tokens, shape.MlpRatio * dim, dim, 1, shape.Depth);
        yield return (patches, dim, dim, 1, 3);
        yield return (patches, dim, shape.PatchValues, 1, 1);
    }

    /// <summary>Seconds of a sample's products, one thread's.</summary>
    private static double Repeat(BackboneShape shape, Precision precision, int rows)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var type = precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var products = Products(shape, rows)
            .Select(p => (A: rand(p.Batch, p.M, p.K).to_type(type), B: rand(p.Batch, p.K, p.N).to_type(type), p.Count))
            .ToList();
        var total = 0.0;
        foreach (var (a, b, count) in products)
        {
            var calls = 0;
            var begun = Stopwatch.GetTimestamp();
            do
            {
                using var product = a.bmm(b);
                calls++;
            } while (Stopwatch.GetElapsedTime(begun) < Time / products.Count);

            total += 3 * count * Stopwatch.GetElapsedTime(begun).TotalSeconds / calls;
        }

        return total / rows;
    }
}
