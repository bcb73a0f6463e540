using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>A fitted linear head on patches.</summary>
public sealed class SegmentationModel
{
    private readonly double[] parameters;

    internal SegmentationModel(int classes, double[] parameters, LbfgsEnd end) =>
        (Classes, this.parameters, End) = (classes, parameters, end);

    public int Classes { get; }

    /// <summary>The objective's value on the training images and whether its minimum was reached.</summary>
    public LbfgsEnd End { get; }

    /// <summary>The class of the largest upsampled logit at each pixel of an image, <c>[height, width]</c>.</summary>
    public byte[] Predict(SegmentationSet set, int image)
    {
        var prediction = new byte[set.Height * set.Width];
        Pass(set).Predict(image, parameters, prediction);
        return prediction;
    }

    /// <summary>One matrix over all labeled pixels of a set: its mean IoU and its accuracy are the probe's figures.</summary>
    public ConfusionMatrix Score(SegmentationSet set)
    {
        var matrix = new ConfusionMatrix(Classes);
        var (pass, prediction) = (Pass(set), new byte[set.Height * set.Width]);
        for (var image = 0; image < set.Images; image++)
        {
            pass.Predict(image, parameters, prediction);
            matrix.Add(set.Mask(image), prediction);
        }

        return matrix;
    }

    private SegmentationPass Pass(SegmentationSet set)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Classes * (set.Patches.Columns + 1), parameters.Length, nameof(set));
        return new SegmentationPass(set, Classes);
    }
}
