using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Randomness;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods;

/// <summary>
/// Stochastic depth (Huang et al. 2016): a sample skips a block's branch with a probability that rises linearly from 0 at the first block to
/// the rate at the last; kept branches are scaled by 1 / keep probability. Draws are counted by (seed, pass, sample, view).
/// </summary>
public sealed class DropPath(ulong seed, double rate, int depth)
{
    /// <summary>Two tensors <c>[rows, 1, 1]</c> a block, attention's and MLP's; null when the rate is 0. The caller's scope disposes them.</summary>
    public Tensor[]? Draw(ShardViews views)
    {
        if (rate == 0)
        {
            return null;
        }

        var scales = new float[2 * depth][];
        for (var i = 0; i < scales.Length; i++)
        {
            scales[i] = new float[views.Rows];
        }

        var samples = views.Rows / views.Group.Count;
        for (var row = 0; row < views.Rows; row++)
        {
            var view = views.Group.First + (row / samples);
            var (sample, pass) = views.Turns[row];
            var stream = new PhiloxStream(seed, DrawPurpose.DropPath, pass, sample, view);
            for (var i = 0; i < scales.Length; i++)
            {
                var keep = 1 - (depth == 1 ? rate : rate * (i / 2) / (depth - 1));
                scales[i][row] = stream.NextBoolean(keep) ? (float)(1 / keep) : 0;
            }
        }

        return [.. scales.Select(values => AlignedTensor.Of(values, views.Rows, 1, 1))];
    }
}
