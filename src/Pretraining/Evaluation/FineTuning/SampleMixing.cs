using System.Numerics.Tensors;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>
/// Mixes a view and its target with another one's: mixup (Zhang et al. 2018), a weighted sum of both; or cutmix (Yun et al. 2019), a box of the other one, whose
/// share of the target is the box's share of the view. Each sample draws for itself (timm's mode <c>elem</c>).
/// </summary>
/// <param name="size">Of a view.</param>
/// <param name="mixup">α; 0: never.</param>
/// <param name="cutmix">α; 0: never.</param>
public sealed class SampleMixing(ImageSize size, double mixup, double cutmix)
{
    /// <summary>Whether anything is mixed.</summary>
    public bool IsOn => mixup > 0 || cutmix > 0;

    /// <param name="view"><c>[C, H, W]</c>, changed.</param>
    /// <param name="mate">The other view as it was rendered.</param>
    /// <param name="target">Of the view, changed.</param>
    /// <param name="mateTarget">Of the other one.</param>
    /// <param name="stream">Of the sample.</param>
    public void Apply(
        Span<float> view,
        ReadOnlySpan<float> mate,
        Span<float> target,
        ReadOnlySpan<float> mateTarget,
        ref PhiloxStream stream
    )
    {
        var cuts = cutmix > 0 && (mixup == 0 || stream.NextBoolean(0.5));
        var share = (float)BetaDraw.Next(ref stream, cuts ? cutmix : mixup);
        if (cuts)
        {
            share = Cut(view, mate, share, ref stream);
        }
        else
        {
            Add(view, mate, share);
        }

        Add(target, mateTarget, share);
    }

    /// <summary>share · a + (1 − share) · b, in place of a.</summary>
    internal static void Add(Span<float> a, ReadOnlySpan<float> b, float share)
    {
        TensorPrimitives.Multiply(a, share, a);
        TensorPrimitives.MultiplyAdd(b, 1 - share, a, a);
    }

    /// <summary>Copies a box of 1 − share of the area, cut off at the borders; returns the share that is left of the view.</summary>
    private float Cut(Span<float> view, ReadOnlySpan<float> mate, float share, ref PhiloxStream stream)
    {
        var side = Math.Sqrt(1 - share);
        var (top, bottom) = Range(size.Height, side, ref stream);
        var (left, right) = Range(size.Width, side, ref stream);
        for (var channel = 0; channel < size.Channels; channel++)
        {
            for (var y = top; y < bottom; y++)
            {
                var from = (((channel * size.Height) + y) * size.Width) + left;
                mate.Slice(from, right - left).CopyTo(view[from..]);
            }
        }

        return 1 - ((float)((bottom - top) * (right - left)) / size.Area);
    }

    private static (int From, int To) Range(int length, double share, ref PhiloxStream stream)
    {
        var (middle, half) = (stream.NextInt32(length), (int)(length * share) / 2);
        return (Math.Max(0, middle - half), Math.Min(length, middle + half));
    }
}
