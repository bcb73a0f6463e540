using System.Numerics.Tensors;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// The mean cross-entropy over all labeled pixels of a set of a linear head on its patches, plus penalty · ‖W‖². Parameters: W row-major
/// <c>[K, d]</c>, then b <c>[K]</c> (not penalized). Images go one by one; their sums are kept in sixteen parts that are added in order, so the
/// number of threads does not show in the bits.
/// </summary>
internal sealed class SegmentationObjective
{
    private const int Parts = 16;
    private readonly SegmentationSet set;
    private readonly ShardGang? gang;
    private readonly long pixels;
    private readonly double penalty;
    private readonly SegmentationPass?[] passes;
    private readonly double[][] gradients;
    private readonly double[] losses;

    /// <param name="set">Images.</param>
    /// <param name="classes">K.</param>
    /// <param name="penalty">Factor of ‖W‖².</param>
    /// <param name="gang">Threads; null for the calling one.</param>
    /// <exception cref="EvaluationException">A mask has a value that is no class, or none has a class.</exception>
    public SegmentationObjective(SegmentationSet set, int classes, double penalty, ShardGang? gang)
    {
        (this.set, Classes, this.penalty, this.gang) = (set, classes, penalty, gang);
        pixels = set.LabeledPixels(classes);
        passes = new SegmentationPass?[gang?.ThreadCount ?? 1];
        losses = new double[Math.Min(Parts, set.Images)];
        gradients = Array.ConvertAll(losses, _ => new double[Parameters]);
    }

    public int Classes { get; }

    /// <summary>Length of the parameter vector, K · (d + 1).</summary>
    public int Parameters => Classes * (set.Patches.Columns + 1);

    /// <summary>The objective's value; its gradient overwrites <paramref name="gradient"/>.</summary>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        var shared = parameters.ToArray();
        if (gang is null)
        {
            for (var part = 0; part < losses.Length; part++)
            {
                Evaluate(0, part, shared);
            }
        }
        else
        {
            gang.ForEach(losses.Length, (thread, part) => Evaluate(thread, part, shared));
        }

        gradient.Clear();
        foreach (var part in gradients)
        {
            TensorPrimitives.Add(gradient, part, gradient);
        }

        var weights = parameters[..(Classes * set.Patches.Columns)];
        TensorPrimitives.Divide(gradient, pixels, gradient);
        TensorPrimitives.MultiplyAdd(weights, 2 * penalty, gradient[..weights.Length], gradient[..weights.Length]);
        return (losses.Sum() / pixels) + (penalty * TensorPrimitives.SumOfSquares(weights));
    }

    /// <summary>A part is every sixteenth image, in order.</summary>
    private void Evaluate(int thread, int part, double[] parameters)
    {
        var pass = passes[thread] ??= new SegmentationPass(set, Classes);
        gradients[part].AsSpan().Clear();
        losses[part] = 0;
        for (var image = part; image < set.Images; image += Parts)
        {
            losses[part] += pass.AddLoss(image, parameters, gradients[part]);
        }
    }
}
