using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Objectives;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>The masked reconstruction term of a shard's views, with its gradient by hand.</summary>
public static class ReconstructionLoss
{
    /// <summary>The shard's part of the term: scale · Σ |reconstruction − clean| over masked values.</summary>
    /// <param name="views">Of the shard, all of one size.</param>
    /// <param name="reconstruction"><c>[rows, N, C·p²]</c>, contiguous.</param>
    /// <param name="gradient">As the reconstruction: filled with scale · sign · mask.</param>
    /// <param name="scale">Weight by the number of masked values that the mean goes over.</param>
    public static double Of(ShardViews views, Tensor reconstruction, Tensor gradient, double scale) =>
        scale
        * MaskedReconstruction.SumAndGradient(
            MemoryMarshal.Cast<byte, float>(reconstruction.bytes),
            views.CleanValues,
            views.Mask,
            (float)scale,
            MemoryMarshal.Cast<byte, float>(gradient.bytes)
        );
}
