using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

public sealed class SinkhornTests
{
    private const int Prototypes = 24;

    [Theory]
    [InlineData("0.05", 0.05f)]
    [InlineData("0.04", 0.04f)]
    public void Assignments_of_one_or_four_shards_are_the_published_forms(string name, float temperature)
    {
        var file = VectorFile.Open("collapse");
        foreach (var shards in new[] { 1, 4 })
        {
            var assignments = Assign(file.Floats("logits"), Prototypes, temperature, shards);
            file.AssertClose("w1.sinkhorn_swav.eps" + name, assignments);
            file.AssertClose("w1.sinkhorn_dinov2.eps" + name, assignments);
            file.AssertClose("w2.rank0.sinkhorn_dinov2.eps" + name, assignments.AsSpan(0, 16 * Prototypes));
            file.AssertClose("w2.rank1.sinkhorn_dinov2.eps" + name, assignments.AsSpan(16 * Prototypes));
        }
    }

    [Fact]
    public void From_probabilities_it_is_msns()
    {
        var file = VectorFile.Open("collapse");
        var assignments = file.Floats("probs").ToArray();
        for (var iteration = 0; iteration < 3; iteration++)
        {
            var sums = new double[Prototypes];
            Centering.AddRows(assignments, sums);
            Sinkhorn.Normalize(assignments, sums, 32, iteration == 2);
        }

        file.AssertClose("w1.sinkhorn_msn", assignments);
    }

    [Fact]
    public void Rows_far_below_the_largest_logit_are_assigned_as_in_float64()
    {
        // Rows differ by up to 3 = 300 τ: as float32, exp((logit − largest) / τ) would be zero in all of a low row.
        const int Rows = 12;
        const float Temperature = 0.01f;
        var logits = Enumerable
            .Range(0, Rows * Prototypes)
            .Select(i => (float)((0.4 * Math.Sin(i * 1.7)) - (3.0 * (i / Prototypes) / (Rows - 1))))
            .ToArray();
        var expected = Exact(logits, Temperature, Rows);
        var actual = Assign(logits, Prototypes, Temperature, 3);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 2e-5);
        }
    }

    [Fact]
    public void Rows_sum_to_one_and_after_many_iterations_prototypes_are_used_alike()
    {
        var logits = VectorFile.Open("collapse").Floats("logits");
        var assignments = Assign(logits, Prototypes, 0.05f, 2, iterations: 200);
        var sums = new double[Prototypes];
        Centering.AddRows(assignments, sums);
        Assert.All(sums, sum => Assert.Equal(32.0 / Prototypes, sum, 1e-3));
        Assert.All(assignments.Chunk(Prototypes), row => Assert.Equal(1, row.Sum(v => (double)v), 1e-5));
    }

    private static float[] Assign(float[] logits, int prototypes, float temperature, int shards, int iterations = 3)
    {
        var assignments = new float[logits.Length];
        var length = logits.Length / shards;
        var largest = logits.Max();
        Sinkhorn.Exponentials(logits, prototypes, temperature, assignments);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            var total = new double[prototypes];
            for (var shard = 0; shard < shards; shard++)
            {
                var sums = new double[prototypes];
                var part = assignments.AsSpan(shard * length, length);
                if (iteration == 0)
                {
                    Sinkhorn.AddFirstSums(logits.AsSpan(shard * length, length), part, largest, temperature, sums);
                }
                else
                {
                    Centering.AddRows(part, sums);
                }

                total = [.. total.Zip(sums, (a, b) => a + b)];
            }

            for (var shard = 0; shard < shards; shard++)
            {
                Sinkhorn.Normalize(
                    assignments.AsSpan(shard * length, length),
                    total,
                    logits.Length / prototypes,
                    iteration == iterations - 1
                );
            }
        }

        return assignments;
    }

    /// <summary>The reference's own lines in float64, whose range suffices here.</summary>
    private static double[] Exact(float[] logits, double temperature, int rows)
    {
        var largest = logits.Max();
        var q = logits.Select(l => Math.Exp(((double)l - largest) / temperature)).ToArray();
        var total = q.Sum();
        q = [.. q.Select(v => v / total)];
        for (var iteration = 0; iteration < 3; iteration++)
        {
            var columns = Enumerable
                .Range(0, Prototypes)
                .Select(k => Enumerable.Range(0, rows).Sum(r => q[(r * Prototypes) + k]))
                .ToArray();
            q = [.. q.Select((v, i) => v / columns[i % Prototypes] / Prototypes)];
            var sums = q.Chunk(Prototypes).Select(row => row.Sum()).ToArray();
            q = [.. q.Select((v, i) => v / sums[i / Prototypes] / rows)];
        }

        return [.. q.Select(v => v * rows)];
    }
}
