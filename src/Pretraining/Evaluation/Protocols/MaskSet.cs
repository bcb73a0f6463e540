using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>The masks of samples at the size of their views, sample after sample.</summary>
internal sealed class MaskSet
{
    private readonly byte[] masks;
    private readonly int count;

    private MaskSet(byte[] masks, int count) => (this.masks, this.count) = (masks, count);

    public static MaskSet Of(JudgedSamples samples, int[] which) => new([.. which.SelectMany(samples.Mask)], which.Length);

    /// <summary>Which classes each sample's pixels have.</summary>
    public LabelMatrix Present(int classes)
    {
        var present = new sbyte[count * classes];
        var each = masks.Length / count;
        for (var i = 0; i < masks.Length; i++)
        {
            if (masks[i] < classes)
            {
                present[(i / each * classes) + masks[i]] = 1;
            }
        }

        return new LabelMatrix(count, classes, present);
    }

    /// <summary>With the patches' features.</summary>
    /// <param name="patches">Of all samples.</param>
    /// <param name="images">Which samples, in this order; null: all.</param>
    public SegmentationSet With(FeatureMatrix patches, PatchGrid grid, int[]? images)
    {
        if (images is null || images.Length == count)
        {
            return new SegmentationSet(patches, grid.Rows, grid.Columns, masks, grid.Height, grid.Width);
        }

        var (each, area) = (grid.Rows * grid.Columns, grid.Height * grid.Width);
        int[] rows = [.. images.SelectMany(image => Enumerable.Range(image * each, each))];
        byte[] chosen = [.. images.SelectMany(image => new ArraySegment<byte>(masks, image * area, area))];
        return new SegmentationSet(patches.Select(rows), grid.Rows, grid.Columns, chosen, grid.Height, grid.Width);
    }
}
