using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>What the training engine reads of a fine-tuning: one clean view a sample, or as many of an exam as slices are seen of it, in fp32.</summary>
internal static class FineTuneRunSpec
{
    /// <param name="run">Whose network is trained on.</param>
    /// <param name="evaluation">With a recipe.</param>
    /// <param name="seed">Of the draws and of the classifier's weights.</param>
    public static RunSpec Of(RunSpec run, EvaluationSpec evaluation, ulong seed)
    {
        var recipe = evaluation.Finetune!;
        return run with
        {
            Seed = seed,
            Data = (evaluation.Data ?? run.Data) with { MaxDamaged = 0 },
            Budget = recipe.Budget,
            Batch = recipe.Batch,
            Backbone = run.Backbone with { Image = recipe.Image, DropPath = recipe.DropPath },
            Options = new MethodOptions
            {
                Views = Math.Max(1, recipe.Slices),
                Augmentation = recipe.Augmentation ?? run.Options.Augmentation,
                Spectrogram = run.Options.Spectrogram is { } spectrogram
                    ? spectrogram with
                    {
                        Seconds = recipe.Seconds!.Value,
                        Frames = recipe.Image[0],
                    }
                    : null,
            },
            Optimizer = recipe.Optimizer,
            Precision = Precision.Fp32,
            NonFinite = new NonFiniteSpec(NonFinitePolicy.Fail, NonFiniteSpec.DefaultMost),
            Audit = new AuditSpec(0, 0),
            Probes = [],
        };
    }

    /// <summary>Whether the classifier reads patch tokens: what the method trained of a view's tokens, unless it is asked for.</summary>
    public static bool ReadsPatches(RunSpec run, EvaluationSpec evaluation)
    {
        var shape = NetworkFactory.Shape(run.Backbone);
        var wanted = evaluation.Features == EncoderFeatures.Auto ? FeatureExtractor.Trained(shape, run.Options) : evaluation.Features;
        return shape.HasClassToken && wanted != EncoderFeatures.ClassToken;
    }
}
