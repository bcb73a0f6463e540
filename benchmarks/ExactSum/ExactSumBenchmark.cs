using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Benchmarks.ExactSum;

/// <summary>
/// An experiment: gradients added as whole numbers (<see cref="BlockFixedPoint"/>), whose sum has the same bits in any order, beside the float tree that the runs use. How exact,
/// how many bytes, how fast: <c>exact-sum [--spec samples/gmml-fashion.yaml] [--data-root samples] [--steps 300] [--floats 4194304]</c>.
/// </summary>
internal static class ExactSumBenchmark
{
    // As gradients of a run are cut for 3, 5 and 7 ranks.
    private const int SpeedShards = 8;
    private const int Last = 50;
    private const int Rounds = 15;

    /// <summary>A sign, and one bit that a sum of V may take besides those of V.</summary>
    private static int Bits(int shards) => 30 - BitOperations.Log2((uint)shards);

    /// <summary>Prints lines of text.</summary>
    public static int Run(string[] words)
    {
        var given = new BenchmarkWords(words);
        var spec = given.Text("--spec") ?? "samples/gmml-fashion.yaml";
        var root = given.Text("--data-root") ?? "samples";
        var steps = given.Whole("--steps", 1, 1_000_000) ?? 300;
        var floats = given.Whole("--floats", 1024, 1 << 28) ?? 1 << 22;
        given.End("--spec, --data-root, --steps and --floats");
        Losses(spec, root, steps);
        Speed(floats);
        return 0;
    }

    private static void Losses(string spec, string root, int steps)
    {
        var watched = new SortedSet<int> { 0, steps / 10, steps / 2, steps - 1 };
        using var tree = new ShardGradients(spec, root);
        using var exact = new ShardGradients(spec, root);
        using var inTurn = new ShardGradients(spec, root);
        var (byExact, byTurn) = (new List<double>(), new List<double>());
        for (var step = 0; step < steps; step++)
        {
            var loss = tree.Step(
                (gradients, sum) =>
                {
                    Tree(gradients, sum);
                    if (watched.Contains(step))
                    {
                        Tell(step, gradients, sum);
                    }
                }
            );
            byExact.Add(Math.Abs(exact.Step(Exact) - loss));
            byTurn.Add(Math.Abs(inTurn.Step(InTurn) - loss));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"losses of the last {Math.Min(Last, steps)} of {steps} steps, mean difference to the float tree's: exact {byExact.TakeLast(Last).Average():E2}, floats one after another {byTurn.TakeLast(Last).Average():E2}"
            )
        );
    }

    /// <summary>Errors of one step's sum against float64.</summary>
    private static void Tell(int step, IReadOnlyList<FlatTensor> gradients, FlatTensor tree)
    {
        var length = tree.Host.Length;
        var right = new double[length];
        foreach (var gradient in gradients)
        {
            for (var i = 0; i < length; i++)
            {
                right[i] += gradient.Host.Span[i];
            }
        }

        using var exact = new FlatTensor(tree.Layout);
        Exact(gradients, exact);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"step {step}: relative error of the gradient: tree {Error(right, tree):E2}, exact {Error(right, exact):E2}; median of a value's: tree {Median(right, tree):E2}, exact {Median(right, exact):E2}; values that come out as 0 and are not: exact {Lost(right, exact)} of {length}"
            )
        );
    }

    private static double Error(double[] right, FlatTensor sum)
    {
        var (error, norm) = (0.0, 0.0);
        for (var i = 0; i < right.Length; i++)
        {
            error += Math.Pow(sum.Host.Span[i] - right[i], 2);
            norm += right[i] * right[i];
        }

        return Math.Sqrt(error / norm);
    }

    private static double Median(double[] right, FlatTensor sum)
    {
        var errors = new List<double>();
        for (var i = 0; i < right.Length; i++)
        {
            if (right[i] != 0)
            {
                errors.Add(Math.Abs((sum.Host.Span[i] - right[i]) / right[i]));
            }
        }

        errors.Sort();
        return errors[errors.Count / 2];
    }

    private static int Lost(double[] right, FlatTensor sum)
    {
        var lost = 0;
        for (var i = 0; i < right.Length; i++)
        {
            lost += right[i] != 0 && sum.Host.Span[i] == 0 ? 1 : 0;
        }

        return lost;
    }

    private static void Tree(IReadOnlyList<FlatTensor> gradients, FlatTensor sum)
    {
        var nodes = gradients.Select(gradient => gradient.Host.Span.ToArray()).ToArray();
        for (var stride = 1; stride < nodes.Length; stride *= 2)
        {
            for (var left = 0; left < nodes.Length; left += 2 * stride)
            {
                TensorPrimitives.Add<float>(nodes[left], nodes[left + stride], nodes[left]);
            }
        }

        nodes[0].CopyTo(sum.Host.Span);
    }

    private static void InTurn(IReadOnlyList<FlatTensor> gradients, FlatTensor sum)
    {
        gradients[0].Host.Span.CopyTo(sum.Host.Span);
        foreach (var gradient in gradients.Skip(1))
        {
            TensorPrimitives.Add<float>(sum.Host.Span, gradient.Host.Span, sum.Host.Span);
        }
    }

    private static void Exact(IReadOnlyList<FlatTensor> gradients, FlatTensor sum)
    {
        var exponents = new byte[BlockFixedPoint.Blocks(sum.Host.Length)];
        var whole = new int[sum.Host.Length];
        foreach (var gradient in gradients)
        {
            BlockFixedPoint.Raise(gradient.Host.Span, exponents);
        }

        foreach (var gradient in gradients)
        {
            BlockFixedPoint.Add(gradient.Host.Span, exponents, Bits(gradients.Count), whole);
        }

        BlockFixedPoint.Write(whole, exponents, Bits(gradients.Count), sum.Host.Span);
    }

    /// <summary>Processor time of all ranks together and what each sends, of V = 8 shards' gradients.</summary>
    private static void Speed(int floats)
    {
        var shards = Enumerable.Range(0, SpeedShards).Select(_ => new float[floats]).ToArray();
        for (var i = 0; i < shards.Length; i++)
        {
            new PhiloxStream(7, DrawPurpose.CorruptionNoise, 0, 0, i).FillGaussian(shards[i]);
        }

        var (sum, whole, other) = (new float[floats], new int[floats], new int[floats]);
        var exponents = new byte[BlockFixedPoint.Blocks(floats)];
        var add = Milliseconds(() => TensorPrimitives.Add<float>(shards[0], shards[1], sum));
        var addWhole = Milliseconds(() => TensorPrimitives.Add<int>(whole, other, whole));
        var raise = Milliseconds(() => BlockFixedPoint.Raise(shards[0], exponents));
        var convert = Milliseconds(() => BlockFixedPoint.Add(shards[0], exponents, Bits(SpeedShards), whole));
        var back = Milliseconds(() => BlockFixedPoint.Write(whole, exponents, Bits(SpeedShards), sum));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{floats} floats, one thread, ms: float add {add:F2}, int add {addWhole:F2}, exponents {raise:F2}, convert and add {convert:F2}, back {back:F2}"
            )
        );
        foreach (var world in new[] { 2, 3, 4, 5, 7, 8 })
        {
            var ranges = ShardRange.InOrder(ShardPlan.Cut(SpeedShards, world));
            var groups = ProcessGroup.InMemory(SpeedShards, ranges);
            var subtrees = groups.Sum(group => group.Cover.Count);
            foreach (var group in groups)
            {
                group.Dispose();
            }

            var tree = (SpeedShards - 1) * add;
            var exact = (SpeedShards * (raise + convert)) + ((world - 1) * addWhole) + back;
            // To the owners of the others' chunks, and the owned chunk to all others; an exponent a block goes to all.
            var share = (world - 1.0) / world;
            var treeBytes = 4.0 * floats * share * ((subtrees / (double)world) + 1);
            var exactBytes = (4.0 * floats * share * 2) + ((world - 1.0) * exponents.Length);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"world {world}: processor time of all ranks: tree {tree:F1} ms, exact {exact:F1} ms; a rank sends: tree {treeBytes / 1e6:F1} MB ({subtrees} subtrees of {world} ranks), exact {exactBytes / 1e6:F1} MB"
                )
            );
        }
    }

    private static double Milliseconds(Action action)
    {
        var times = new List<double>();
        for (var round = 0; round < 2 * Rounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return times.Skip(Rounds).Order().ElementAt(Rounds / 2);
    }
}
