using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Objectives;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>The masked reconstruction term of one shard, with its gradient by hand.</summary>
public static class ReconstructionLoss
{
    /// <summary>The shard's part of the term: scale · Σ |reconstruction − clean| over masked values.</summary>
    /// <param name="work">The shard.</param>
    /// <param name="reconstruction"><c>[rows, N, C·p²]</c>, contiguous.</param>
    /// <param name="gradient">As the reconstruction: filled with scale · sign · mask.</param>
    /// <param name="scale">Weight by the number of masked values that the mean goes over.</param>
    public static double Of(ShardWork work, Tensor reconstruction, Tensor gradient, double scale) =>
        scale
        * MaskedReconstruction.SumAndGradient(
            MemoryMarshal.Cast<byte, float>(reconstruction.bytes),
            work.Views.CleanValues,
            work.Views.Mask,
            (float)scale,
            MemoryMarshal.Cast<byte, float>(gradient.bytes)
        );
}
