using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Features of the same images, one row each: of their views' pixels, of the whole images' pixels, and of each network on the views.</summary>
public sealed record ImageFeatures(FeatureMatrix Pixels, FeatureMatrix AlignedPixels, IReadOnlyList<FeatureMatrix> Networks);
