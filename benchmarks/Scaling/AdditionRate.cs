using System.Numerics.Tensors;
using Orchestrator.Collectives;

namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What an addition of float32 costs, in the pieces in which an exchange adds.</summary>
internal static class AdditionRate
{
    private const int Length = 64 * 1024 / sizeof(float);
    private const int Repeats = 20_000;

    /// <summary>Seconds of processor time for each byte of a sum, with both sides in the core's cache.</summary>
    public static double SecondsOfByte()
    {
        using var left = new AlignedBuffer<float>(Length);
        using var right = new AlignedBuffer<float>(Length);
        var least = double.PositiveInfinity;
        for (var round = 0; round < 4; round++)
        {
            var used = Environment.CpuUsage.TotalTime;
            for (var repeat = 0; repeat < Repeats; repeat++)
            {
                TensorPrimitives.Add<float>(left.Span, right.Span, left.Span);
            }

            least = Math.Min(least, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
        }

        return least / Repeats / (Length * sizeof(float));
    }
}
