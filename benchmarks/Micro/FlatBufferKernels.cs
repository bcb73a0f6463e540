using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Benchmarks.Micro;

/// <summary>What passes over flat buffers of gradients and weights, on one thread: of a length that the second cache holds, and of one that only memory does.</summary>
[MemoryDiagnoser]
public class FlatBufferKernels : IDisposable
{
    private const int Buffers = 5;
    private readonly AlignedBuffer<float>[] buffers = new AlignedBuffer<float>[Buffers];
    private AlignedBuffer<BFloat16>? narrow;
    private AlignedBuffer<BFloat16>? other;

    /// <summary>float32 numbers.</summary>
    [Params(1 << 15, 1 << 24)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Buffers; i++)
        {
            buffers[i] = new AlignedBuffer<float>(Length);
            buffers[i].Span.Fill(0.5f + i);
        }

        (narrow, other) = (new AlignedBuffer<BFloat16>(Length), new AlignedBuffer<BFloat16>(Length));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        Array.ForEach(buffers, buffer => buffer?.Dispose());
        narrow?.Dispose();
        other?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A node of the gradient tree.</summary>
    [Benchmark(Baseline = true)]
    public void Add() => TensorPrimitives.Add(buffers[0].Span, buffers[1].Span, buffers[2].Span);

    /// <summary>A node of the tree within a rank, with a wire of bf16.</summary>
    [Benchmark]
    public void AddRounded() => BFloat16.AddRounded(buffers[0].Span, buffers[1].Span);

    /// <summary>A node of the tree across ranks, with a wire of bf16.</summary>
    [Benchmark]
    public void AddNarrow() => BFloat16.Add(narrow!.Span, other!.Span, narrow.Span);

    [Benchmark]
    public void Narrow() => BFloat16.Narrow(buffers[0].Span, narrow!.Span);

    [Benchmark]
    public void Widen() => BFloat16.Widen(narrow!.Span, buffers[0].Span);

    [Benchmark]
    public double SumOfSquares() => GradientNorm.SumOfSquares(buffers[1].Span);

    /// <summary>AdamW over weights, gradient and both moments.</summary>
    [Benchmark]
    public void AdamW() =>
        FlatAdamW.Update(
            new AdamWStep
            {
                Step = 10,
                LearningRate = 1e-9,
                WeightDecay = 0.05,
                Beta1 = 0.9,
                Beta2 = 0.999,
                Epsilon = 1e-8,
            },
            decay: true,
            clip: 1,
            buffers[0].Span,
            buffers[1].Span,
            buffers[2].Span,
            buffers[3].Span
        );

    /// <summary>The teacher's average.</summary>
    [Benchmark]
    public void Ema() => ExponentialMovingAverage.Update(buffers[4].Span, buffers[0].Span, 0.996);
}
