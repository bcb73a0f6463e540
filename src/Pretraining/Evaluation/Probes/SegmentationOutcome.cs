using Orchestrator.Pretraining.Evaluation.Metrics;

namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>What a segmentation probe found.</summary>
/// <param name="Matrix">Over all labeled pixels of the test images: its mean IoU and its accuracy are the probe's figures.</param>
/// <param name="End">The objective's value on the training images and whether its minimum was reached.</param>
public sealed record SegmentationOutcome(ConfusionMatrix Matrix, LbfgsEnd End);
