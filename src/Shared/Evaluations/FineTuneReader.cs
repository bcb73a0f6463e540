using System.Numerics;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>Reads <c>finetune</c>: a preset's recipe, and what of it is given otherwise.</summary>
internal static class FineTuneReader
{
    private const int UsualShards = 4;

    /// <summary>Each slice is a view of its exam, and a view has 8 bits in the key of its draws.</summary>
    private const int MostSlices = 256;

    /// <param name="reader">At the section.</param>
    /// <param name="run">Whose network is trained on.</param>
    public static FineTuneSpec Read(SpecReader reader, RunSpec run)
    {
        var isAudio = run.Data.Kind == DataKind.Audio;
        var preset = reader.Choice("preset", isAudio ? FineTunePreset.Audio : FineTunePreset.Images);
        if (!Fits(preset, run.Data.Kind))
        {
            reader.Fail("preset", $"does not fit data of {SpecWords.Word(run.Data.Kind)}");
            preset = isAudio ? FineTunePreset.Audio : FineTunePreset.Images;
        }

        var usual = FineTunePresets.Of(preset, run);
        var seconds = isAudio ? reader.Number("seconds", usual.Seconds ?? run.Options.Spectrogram!.Seconds, 1e-3, 3_600) : (double?)null;
        var spec = usual with
        {
            Budget = TrainingReader.ReadBudget(reader.Mapping("budget"), usual.Budget),
            Batch = TrainingReader.ReadBatch(reader.Mapping("batch"), usual.Batch.Size, UsualShards),
            Optimizer = TrainingReader.ReadOptimizer(reader.Mapping("optimizer"), usual.Optimizer),
            Loss = reader.Choice("loss", usual.Loss),
            LayerDecay = reader.Number("layerDecay", usual.LayerDecay, 0.01, 1),
            DropPath = reader.Number("dropPath", usual.DropPath, 0, 0.9),
            LabelSmoothing = reader.Number("labelSmoothing", usual.LabelSmoothing, 0, 0.99),
            Mixup = reader.Number("mixup", usual.Mixup, 0, 100),
            Cutmix = reader.Number("cutmix", usual.Cutmix, 0, 100),
            WaveformMixup = reader.Number("waveformMixup", usual.WaveformMixup, 0, 1),
            AverageFrom = reader.Number("averageFrom", usual.AverageFrom, 0, 1),
            Seconds = seconds,
            Image = isAudio ? Spectrogram(reader, run, seconds!.Value) : ReadImage(reader, run.Backbone),
            Labels = reader.Integers("labels", 1, 100_000) ?? [],
            Fraction = reader.Number("fraction", 0, 0, 1),
            AllLabels = reader.Boolean("allLabels", true),
            Slices = usual.OfExams ? reader.Integer("slices", usual.Slices, 1, MostSlices) : 0,
        };
        spec = isAudio ? ReadAudio(reader, spec, usual) : ReadImages(reader, spec, run);
        if (!spec.OfExams && reader.Has("slices"))
        {
            reader.Fail("slices", "is of the preset exams: give preset: exams, or leave this out");
        }

        Check(reader, spec, isAudio);
        CheckExams(reader, spec);
        reader.End();
        return spec;
    }

    private static bool Fits(FineTunePreset preset, DataKind kind) =>
        preset switch
        {
            FineTunePreset.Images => kind != DataKind.Audio,
            FineTunePreset.Exams => kind == DataKind.Volumes,
            _ => kind == DataKind.Audio,
        };

    private static FineTuneSpec ReadAudio(SpecReader reader, FineTuneSpec spec, FineTuneSpec usual)
    {
        var bands = reader.Mapping("specAugment");
        var augment = new SpecAugmentSpec(
            bands.Number("time", usual.SpecAugment!.Time, 0, 1),
            bands.Number("frequency", usual.SpecAugment.Frequency, 0, 1)
        );
        bands.End();
        return spec with { SpecAugment = augment };
    }

    private static FineTuneSpec ReadImages(SpecReader reader, FineTuneSpec spec, RunSpec run) =>
        reader.Has("augmentation")
            ? spec with
            {
                Augmentation = AugmentationReader.Read(
                    reader.Mapping("augmentation"),
                    run.Backbone.Channels,
                    run.Options.Augmentation ?? AugmentationReader.Usual(run.Backbone.Channels, hasLocalViews: false)
                ),
            }
            : spec;

    private static IReadOnlyList<int> ReadImage(SpecReader reader, BackboneSpec backbone)
    {
        if (reader.Integers("image", 1, 16384) is not { } image)
        {
            return backbone.Image;
        }

        var patch = backbone.Custom.Patch;
        if (image.Count is 1 or 2 && image[0] % patch == 0 && image[^1] % patch == 0)
        {
            return [image[0], image[^1]];
        }

        reader.Fail("image", $"must be one side in pixels, or [height, width], in multiples of the network's patch, {patch}");
        return backbone.Image;
    }

    /// <summary>The run's own for crops of its length; for others as many frames as a crop has, up to whole patches.</summary>
    private static IReadOnlyList<int> Spectrogram(SpecReader reader, RunSpec run, double seconds)
    {
        // A spec that is wrong may have no spectrogram, or a shift of no sample: its own rules say so.
        var image =
            run.Options.Spectrogram is { ShiftSamples: > 0 } options && seconds != options.Seconds
                ? Whole(options with { Seconds = seconds }, run.Backbone)
                : run.Backbone.Image;
        if (reader.Integers("image", 1, 16384) is { } given && !given.SequenceEqual(image))
        {
            reader.Fail("image", $"follows from seconds, {seconds}: [{image[0]}, {image[1]}]; leave it out");
        }

        return image;
    }

    private static IReadOnlyList<int> Whole(SpectrogramOptions options, BackboneSpec backbone)
    {
        var patch = backbone.Custom.Patch;
        return [(Math.Max(1, options.CropFrames) + patch - 1) / patch * patch, backbone.Width];
    }

    private static void Check(SpecReader reader, FineTuneSpec spec, bool isAudio)
    {
        var (size, shards) = (spec.Batch.Size, spec.Batch.Shards);
        if (!BitOperations.IsPow2(shards) || size % shards != 0 || size / shards < 2)
        {
            reader.Fail("batch", $"shards, {shards}, must be a power of two that divides size, {size}, and leaves 2 samples or more");
        }

        if (!spec.AllLabels && spec.Labels.Count == 0 && spec.Fraction == 0)
        {
            reader.Fail("allLabels", "false leaves nothing to train on: give labels or fraction");
        }

        if (spec.Optimizer.MinLearningRate > spec.Optimizer.BaseLearningRate * size / 256)
        {
            reader.Fail("optimizer", "minLearningRate must not be above the peak, baseLearningRate · batch.size / 256");
        }

        if (!isAudio && spec.WaveformMixup > 0)
        {
            reader.Fail("waveformMixup", "is for sounds; images have mixup and cutmix");
        }

        if (isAudio && spec.Cutmix > 0)
        {
            reader.Fail("cutmix", "is for images; sounds have waveformMixup and mixup");
        }
    }

    private static void CheckExams(SpecReader reader, FineTuneSpec spec)
    {
        if (!spec.OfExams)
        {
            return;
        }

        if (spec.Labels.Distinct().Count() != spec.Labels.Count)
        {
            reader.Fail("labels", "must name each number once");
        }

        if (spec.Loss != FineTuneLoss.Binary)
        {
            reader.Fail("loss", "must be binary for exams: each is a yes or a no");
        }

        foreach (var (key, value) in new[] { ("mixup", spec.Mixup), ("cutmix", spec.Cutmix) }.Where(each => each.Item2 > 0))
        {
            reader.Fail(key, $"{value} mixes samples, and exams are not mixed: leave it out");
        }
    }
}
