using System.Diagnostics;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Benchmarks.Step;

/// <summary>
/// The matrix products of a shard's pass and nothing else: those of the backbone and of GMML's head, forward and backward, a block after the other with weights of its own, operands laid out as in the step (a layer's
/// weight transposed, its gradient from the transposed gradient of the output, attention batched over the heads), on as many threads of one torch thread each.
/// </summary>
internal sealed class BareProducts : IDisposable
{
    /// <summary>Its place among a layer's three products.</summary>
    private const int InputGradient = 1;

    private readonly ShardGang gang;
    private readonly IReadOnlyList<(Tensor Left, Tensor Right)>[] passes;

    /// <param name="rows">Samples of a shard.</param>
    /// <param name="threads">Each makes a shard's products.</param>
    public BareProducts(BackboneShape shape, Precision precision, int rows, int threads)
    {
        gang = new ShardGang(threads, "products");
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        passes =
        [
            .. Enumerable
                .Range(0, threads)
                .Select(_ => Pass(shape, precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32, rows).ToList()),
        ];
        foreach (var (left, right) in passes.SelectMany(pass => pass))
        {
            left.DetachFromDisposeScope();
            right.DetachFromDisposeScope();
        }
    }

    /// <summary>Seconds of one shard's products, all threads at theirs: their mean.</summary>
    public double Measure()
    {
        var seconds = new double[passes.Length];
        gang.ForEach(
            passes.Length,
            (_, item) =>
            {
                using var grad = no_grad();
                var begun = Stopwatch.GetTimestamp();
                foreach (var (left, right) in passes[item])
                {
                    matmul(left, right).Dispose();
                }

                seconds[item] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            }
        );
        return seconds.Average();
    }

    public void Dispose()
    {
        gang.Dispose();
        foreach (var (left, right) in passes.SelectMany(pass => pass))
        {
            left.Dispose();
            right.Dispose();
        }
    }

    /// <summary>Operands of each product.</summary>
    private static IEnumerable<(Tensor Left, Tensor Right)> Pass(BackboneShape shape, ScalarType type, int rows)
    {
        long patches = (long)rows * shape.Patches;
        long length = shape.Patches + shape.PrefixTokens;
        var tokens = rows * length;
        long dim = shape.Dim;
        // Pixels get no gradient.
        var products = Layer(patches, shape.PatchValues, dim).Where((_, product) => product != InputGradient);
        for (var block = 0; block < shape.Depth; block++)
        {
            products = products
                .Concat(Layer(tokens, dim, 3 * dim))
                .Concat(Attention((long)rows * shape.Heads, length, dim / shape.Heads))
                .Concat(Layer(tokens, dim, dim))
                .Concat(Layer(tokens, dim, shape.MlpRatio * dim))
                .Concat(Layer(tokens, shape.MlpRatio * dim, dim));
        }

        for (var layer = 0; layer < 3; layer++)
        {
            products = products.Concat(Layer(patches, dim, dim));
        }

        return products.Concat(Layer(patches, dim, shape.PatchValues));

        IEnumerable<(Tensor, Tensor)> Layer(long count, long inputs, long outputs)
        {
            var (input, weight, gradient) = (Draw(count, inputs), Draw(outputs, inputs), Draw(count, outputs));
            yield return (input, weight.t());
            // At InputGradient.
            yield return (gradient, weight);
            yield return (gradient.t(), input);
        }

        IEnumerable<(Tensor, Tensor)> Attention(long heads, long count, long width)
        {
            var (query, key, weights) = (Draw(heads, count, width), Draw(heads, count, width), Draw(heads, count, count));
            yield return (query, key.transpose(1, 2));
            yield return (weights, key);
            yield return (weights.transpose(1, 2), query);
            yield return (query, key.transpose(1, 2));
            yield return (weights, query);
            yield return (weights.transpose(1, 2), key);
        }

        // Their values do not matter: how long a product takes does not depend on them.
        Tensor Draw(params long[] sizes) => rand(sizes).to_type(type);
    }
}
