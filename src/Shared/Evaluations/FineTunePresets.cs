using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>
/// The papers' recipes for fine-tuning. Of sounds: AST (Gong et al. 2021) as its scripts run it (YuanGongND/ast egs/*/run*.sh), where ASiT's are not published;
/// its rates are for its batch, here written for a batch of 256. Rates follow a cosine and not AST's steps.
/// </summary>
internal static class FineTunePresets
{
    // AST masks 192 of 1,024 frames and 48 of 128 bands; its other sets have the same shares, but for those of one second.
    private const double TimeShare = 0.1875;
    private const double FrequencyShare = 0.375;

    public static FineTuneSpec Of(FineTunePreset preset, RunSpec run) =>
        preset switch
        {
            FineTunePreset.Images => Images(run),
            FineTunePreset.Exams => Exams(run),
            FineTunePreset.Audio => Audio(preset, run, 5e-5, 12, 25, FineTuneLoss.Binary, mixup: 0.5, averageFrom: 0.2, seconds: null),
            FineTunePreset.Esc50 => Audio(preset, run, 1e-4, 48, 25, FineTuneLoss.CrossEntropy, mixup: 0, averageFrom: 1, seconds: 5) with
            {
                SpecAugment = new SpecAugmentSpec(TimeShare, TimeShare),
            },
            FineTunePreset.SpeechCommandsV1 => Words(preset, run, 5e-5),
            FineTunePreset.SpeechCommandsV2 => Words(preset, run, 2.5e-4),
            FineTunePreset.AudioSet20k => Audio(preset, run, 5e-5, 12, 25, FineTuneLoss.Binary, 0.5, averageFrom: 0.2, seconds: 10),
            FineTunePreset.AudioSet2m => Audio(preset, run, 1e-5, 12, 5, FineTuneLoss.Binary, 0.5, averageFrom: 0, seconds: 10),
            FineTunePreset.VoxCeleb1 => Audio(preset, run, 1e-4, 48, 25, FineTuneLoss.CrossEntropy, 0, averageFrom: 1, seconds: 10),
            _ => throw new ArgumentOutOfRangeException(nameof(preset), preset, "no such preset"),
        };

    /// <summary>DeiT's mixing and smoothing (Touvron et al. 2021), with BEiT's rates by layer (Bao et al. 2022); GMML's own are not published: inferred.</summary>
    private static FineTuneSpec Images(RunSpec run) =>
        new()
        {
            Preset = FineTunePreset.Images,
            Budget = new BudgetSpec(100, null),
            Batch = new BatchSpec(128, 4),
            Optimizer = Optimizer(5e-4, warmup: 0.05, weightDecay: 0.05),
            Loss = FineTuneLoss.CrossEntropy,
            LayerDecay = 0.75,
            DropPath = 0.1,
            LabelSmoothing = 0.1,
            Mixup = 0.8,
            Cutmix = 1,
            Image = run.Backbone.Image,
        };

    /// <summary>BEiT's rates by layer on batches of few exams, which many slices make large; SB-SSL's own are not published: inferred.</summary>
    private static FineTuneSpec Exams(RunSpec run) =>
        new()
        {
            Preset = FineTunePreset.Exams,
            Budget = new BudgetSpec(50, null),
            Batch = new BatchSpec(16, 4),
            Optimizer = Optimizer(5e-3, warmup: 0.05, weightDecay: 0.05),
            Loss = FineTuneLoss.Binary,
            LayerDecay = 0.75,
            DropPath = 0.1,
            Image = run.Backbone.Image,
            Slices = 16,
        };

    private static FineTuneSpec Words(FineTunePreset preset, RunSpec run, double rate) =>
        Audio(preset, run, rate, 128, 30, FineTuneLoss.Binary, mixup: 0.6, averageFrom: 1, seconds: 1) with
        {
            SpecAugment = new SpecAugmentSpec(FrequencyShare, FrequencyShare),
        };

    private static FineTuneSpec Audio(
        FineTunePreset preset,
        RunSpec run,
        double rate,
        int batch,
        int epochs,
        FineTuneLoss loss,
        double mixup,
        double averageFrom,
        double? seconds
    ) =>
        new()
        {
            Preset = preset,
            Budget = new BudgetSpec(epochs, null),
            Batch = new BatchSpec(batch, 4),
            Optimizer = Optimizer(rate * 256 / batch, warmup: 0.05, weightDecay: 5e-7) with { Beta1 = 0.95 },
            Loss = loss,
            WaveformMixup = mixup,
            SpecAugment = new SpecAugmentSpec(TimeShare, FrequencyShare),
            AverageFrom = averageFrom,
            Image = run.Backbone.Image,
            Seconds = seconds,
        };

    private static OptimizerSpec Optimizer(double baseRate, double warmup, double weightDecay) =>
        new(baseRate, warmup, 1e-6, Interval.At(weightDecay), 0.9, 0.999, 1e-8, 0);
}
