using System.Diagnostics;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.AllReduce;

/// <summary>One rank's part in the measurement: warm-up, timed calls with a barrier before each, and calls of which allocations are counted.</summary>
internal static class MeasuredRank
{
    private const int CountedCalls = 20;

    // A sum of six additions or fewer, each rounded to 8 bits.
    private const double Bf16Tolerance = 1.0 / 32;

    /// <summary>Milliseconds of each measured call, and the managed bytes that this process allocated a call.</summary>
    /// <exception cref="InvalidOperationException">A sum is wrong.</exception>
    public static (double[] Milliseconds, double AllocatedBytes) Run(ProcessGroup group, AllReduceArguments arguments)
    {
        AlignedBuffer<float>[] sums = group.Arena is null ? [.. group.Cover.Select(_ => new AlignedBuffer<float>(arguments.Length))] : [];
        SharedBlock<float>[] lent = group.Arena is { } arena ? [.. group.Cover.Select(_ => arena.Take<float>(arguments.Length))] : [];
        HostBuffer<float>[] contributions = [.. sums.Select(sum => sum.Host), .. lent.Select(block => block.Host)];
        using var wire = new GradientWire(group, arguments.Wire);
        try
        {
            // In place, as training calls it.
            Prove(group, wire, contributions);
            Repeat(wire, contributions, arguments.WarmUp);

            // All-reduces before and after keep what other ranks of the process do besides (barriers, results) out of the count.
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Repeat(wire, contributions, CountedCalls);
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            Repeat(wire, contributions, 2);
            var milliseconds = new double[arguments.Rounds];
            for (var round = 0; round < milliseconds.Length; round++)
            {
                group.Barrier();
                var begun = Stopwatch.GetTimestamp();
                wire.Sum(contributions);
                milliseconds[round] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }

            Prove(group, wire, contributions);
            group.Barrier();
            return (milliseconds, (double)allocated / CountedCalls);
        }
        finally
        {
            Array.ForEach(sums, sum => sum.Dispose());
            Array.ForEach(lent, block => block.Dispose());
        }
    }

    /// <summary>So many calls, in place.</summary>
    public static void Repeat(GradientWire wire, HostBuffer<float>[] contributions, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            wire.Sum(contributions);
        }
    }

    /// <summary>Small whole numbers have an exact sum, but for those that a wire of bf16 rounds. Zeros are left for the timed calls, whose sums then stay finite.</summary>
    /// <exception cref="InvalidOperationException">A sum is wrong.</exception>
    public static void Prove(ProcessGroup group, GradientWire wire, HostBuffer<float>[] contributions)
    {
        for (var part = 0; part < contributions.Length; part++)
        {
            for (var i = 0; i < contributions[part].Length; i++)
            {
                contributions[part].Span[i] = (group.Cover[part].Start + 1) * (i % 7);
            }
        }

        wire.Sum(contributions);
        var tolerance = wire.Wire == Precision.Bf16 ? Bf16Tolerance : 0;
        var factor = group.Ranges.SelectMany(range => ShardTree.Cover(range, group.Shards)).Sum(subtree => subtree.Start + 1);
        for (var i = 0; i < contributions[0].Length; i++)
        {
            if (Math.Abs(contributions[0].Span[i] - (factor * (i % 7))) > tolerance * factor * (i % 7))
            {
                throw new InvalidOperationException($"element {i} of the sum is {contributions[0].Span[i]}, not {factor * (i % 7)}");
            }
        }

        Array.ForEach(contributions, contribution => contribution.Span.Clear());
    }
}
