using BenchmarkDotNet.Attributes;
using Orchestrator.Pretraining.Objectives;

namespace Orchestrator.Benchmarks.Micro;

/// <summary>A shard's part of Sinkhorn, and the cross-entropy behind it, of 64 rows by the paper's 8,192 prototypes and by a sample's 256.</summary>
[MemoryDiagnoser]
public class SinkhornKernels
{
    private const int Rows = 64;
    private float[] logits = [];
    private float[] assignments = [];
    private double[] sums = [];

    [Params(256, 8192)]
    public int Prototypes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        logits = [.. Enumerable.Range(0, Rows * Prototypes).Select(i => (i * 7919 % 2003 / 2003f) - 0.5f)];
        assignments = new float[logits.Length];
        sums = [.. Enumerable.Repeat(1.0, Prototypes)];
        Sinkhorn.Exponentials(logits, Prototypes, 0.05f, assignments);
    }

    /// <summary>exp(logits / τ).</summary>
    [Benchmark]
    public void Exponentials() => Sinkhorn.Exponentials(logits, Prototypes, 0.05f, assignments);

    /// <summary>One iteration over columns, then rows.</summary>
    [Benchmark]
    public void Normalize() => Sinkhorn.Normalize(assignments, sums, Rows, last: false);
}
