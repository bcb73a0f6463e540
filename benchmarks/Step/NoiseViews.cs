using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Benchmarks.Step;

/// <summary>Views of noise, seven in ten patches of which are masked: no image is read or decoded, and a step costs what its network costs.</summary>
internal sealed class NoiseViews : IShardSource
{
    private readonly Lock first = new();
    private (float[] Clean, float[] Corrupted, float[] Mask, double Masked)? drawn;

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var (clean, corrupted, mask, masked) = Draw(views);
        clean.CopyTo(views.CleanValues);
        corrupted.CopyTo(views.CorruptedValues);
        mask.CopyTo(views.Mask.AsSpan());
        for (var row = 0; row < views.Rows; row++)
        {
            views.Turns[row] = new SampleTurn((shard * views.Rows) + row, step);
        }

        return masked;
    }

    private (float[] Clean, float[] Corrupted, float[] Mask, double Masked) Draw(ShardViews views)
    {
        lock (first)
        {
            if (drawn is not { } values)
            {
                var (clean, corrupted, mask) = (new float[views.Mask.Length], new float[views.Mask.Length], new float[views.Mask.Length]);
                new PhiloxStream(7, DrawPurpose.CorruptionNoise, 0, 0, 0).FillGaussian(clean);
                new PhiloxStream(7, DrawPurpose.CorruptionNoise, 0, 0, 1).FillGaussian(corrupted);
                var patch = views.Group.PatchValues;
                for (var i = 0; i < mask.Length / patch; i++)
                {
                    mask.AsSpan(i * patch, patch).Fill(i % 10 < 7 ? 1 : 0);
                }

                drawn = values = (clean, corrupted, mask, mask.Sum(m => (double)m));
            }

            return values;
        }
    }
}
