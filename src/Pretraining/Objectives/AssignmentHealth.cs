using System.Numerics.Tensors;

namespace Orchestrator.Pretraining.Objectives;

/// <summary>How a batch is assigned to prototypes, from sums that can be added over shards: K mean assignments, then the agreements.</summary>
public static class AssignmentHealth
{
    // A prototype with less than this part of an even share is not used.
    private const double LeastShare = 0.1;

    /// <summary>Adds the targets of rows, and how many rows the student assigns to the same prototype.</summary>
    /// <param name="targets">The teacher's, <c>[rows, K]</c>.</param>
    /// <param name="logits">The student's of the rows that the targets are for, <c>[rows, K]</c>.</param>
    /// <param name="sums">K + 1 numbers, added to in row order.</param>
    public static void Add(ReadOnlySpan<float> targets, ReadOnlySpan<float> logits, Span<double> sums)
    {
        var prototypes = sums.Length - 1;
        Centering.AddRows(targets, sums[..prototypes]);
        for (var start = 0; start < targets.Length; start += prototypes)
        {
            var same =
                TensorPrimitives.IndexOfMax(targets.Slice(start, prototypes))
                == TensorPrimitives.IndexOfMax(logits.Slice(start, prototypes));
            sums[prototypes] += same ? 1 : 0;
        }
    }

    /// <summary>Entropy of the mean assignment as a share of ln K, share of prototypes in use, share of agreements.</summary>
    public static (double Entropy, double Used, double Agreement) Of(ReadOnlySpan<double> sums, double rows)
    {
        var prototypes = sums.Length - 1;
        var (entropy, used) = (0.0, 0);
        foreach (var sum in sums[..prototypes])
        {
            var mean = sum / rows;
            entropy -= mean > 0 ? mean * Math.Log(mean) : 0;
            used += mean >= LeastShare / prototypes ? 1 : 0;
        }

        return (entropy / Math.Log(prototypes), (double)used / prototypes, sums[prototypes] / rows);
    }
}
