using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>
/// A linear head on frozen patch features that tells the class of each pixel: logits of the patches, bilinearly upsampled to the masks,
/// softmax cross-entropy over the labeled pixels + penalty · ‖W‖², full-batch L-BFGS from zero. Source of the task: the linear segmentation
/// head of DINOv2 (Oquab et al. 2023, section 7.4); there stochastic steps and a batch norm before the head, here a solver.
/// </summary>
public static class SegmentationProbe
{
    /// <summary>Largest gradient component at the end.</summary>
    public const double DefaultTolerance = 1e-5;

    /// <summary>Line searches at most.</summary>
    public const int DefaultSteps = 200;

    /// <summary>Factor of ‖W‖².</summary>
    public const double DefaultPenalty = 1e-5;

    /// <summary>Classes at most: <see cref="ConfusionMatrix.Ignored"/> is none.</summary>
    public const int MostClasses = 255;

    /// <summary>Learns from the training images and scores the test images. The same bits for any number of threads.</summary>
    /// <param name="training">Features as the network gives them; they are scaled by the training patches' statistics, those of test too.</param>
    /// <param name="test">Images of the same number of features; patches and masks may have other sizes.</param>
    /// <param name="classes">K, 1 to 255.</param>
    /// <param name="penalty">Factor of ‖W‖², 0 or more.</param>
    /// <param name="gang">Threads for training; null for the calling one.</param>
    /// <exception cref="EvaluationException">A mask has a value that is no class, or none has a class.</exception>
    public static SegmentationOutcome Run(
        SegmentationSet training,
        SegmentationSet test,
        int classes,
        double penalty = DefaultPenalty,
        ShardGang? gang = null
    )
    {
        test.LabeledPixels(classes);
        var scaling = FeatureScaling.Of(training.Patches);
        var model = Fit(training.Scaled(scaling), classes, penalty, gang);
        return new SegmentationOutcome(model.Score(test.Scaled(scaling)), model.End);
    }

    /// <summary>Fits a head to features as they are.</summary>
    /// <param name="set">Images with masks.</param>
    /// <param name="classes">K, 1 to 255.</param>
    /// <param name="penalty">Factor of ‖W‖², 0 or more.</param>
    /// <param name="gang">Threads; null for the calling one.</param>
    /// <param name="tolerance">See <see cref="DefaultTolerance"/>.</param>
    /// <param name="maxSteps">See <see cref="DefaultSteps"/>.</param>
    /// <exception cref="EvaluationException">A mask has a value that is no class, or none has a class.</exception>
    public static SegmentationModel Fit(
        SegmentationSet set,
        int classes,
        double penalty = DefaultPenalty,
        ShardGang? gang = null,
        double tolerance = DefaultTolerance,
        int maxSteps = DefaultSteps
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, MostClasses);
        ArgumentOutOfRangeException.ThrowIfNegative(penalty);
        var objective = new SegmentationObjective(set, classes, penalty, gang);
        var parameters = new double[objective.Parameters];
        var end = Lbfgs.Solve(objective.Evaluate, parameters, maxSteps, tolerance);
        return new SegmentationModel(classes, parameters, end);
    }
}
