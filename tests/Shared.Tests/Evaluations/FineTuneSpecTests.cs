using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Evaluations;

public sealed class FineTuneSpecTests
{
    private const string Images =
        "method: gmml\ndata: { images: photos, labels: folders, holdOut: 100 }\nbackbone: { preset: vit-small, image: 224 }";
    private const string Sounds =
        "method: asit\ndata: { audio: sounds, labels: folders, holdOut: 100 }\noptions: { spectrogram: { sampleRate: 16000 } }";
    private const string Volumes =
        "method: sb-ssl\ndata: { volumes: knees, layout: mrnet, labels: torn, plane: coronal, holdOutSplit: valid }\nbackbone: { preset: vit-small, image: 256, channels: 1 }";

    [Fact]
    public void Images_take_mixing_smoothing_and_rates_by_layer()
    {
        var recipe = Recipe(Images, "protocols: finetune");
        Assert.Equal(
            (FineTunePreset.Images, 0.75, 0.1, 0.8, 1.0, 0.1),
            (recipe.Preset, recipe.LayerDecay, recipe.LabelSmoothing, recipe.Mixup, recipe.Cutmix, recipe.DropPath)
        );
        Assert.Equal((100, 128, 4), (recipe.Budget.Epochs, recipe.Batch.Size, recipe.Batch.Shards));
        Assert.Equal([224, 224], recipe.Image);
        Assert.Null(recipe.SpecAugment);
        Assert.Null(recipe.Augmentation);
    }

    [Fact]
    public void Exams_take_every_pooling_and_the_datas_plane_and_are_not_mixed()
    {
        var result = Parse(Volumes, "{ protocols: finetune, finetune: { preset: exams } }");
        Assert.Empty(result.Errors);
        Assert.Equal([SlicePlane.Coronal], result.Spec!.Planes!);
        Assert.Equal([ExamPooling.Mean, ExamPooling.Max, ExamPooling.Attention], result.Spec.Pooling!);
        var recipe = result.Spec.Finetune!;
        Assert.Equal(
            (FineTunePreset.Exams, true, 16, FineTuneLoss.Binary, 0.0, 0.0),
            (recipe.Preset, recipe.OfExams, recipe.Slices, recipe.Loss, recipe.Mixup, recipe.Cutmix)
        );
    }

    [Fact]
    public void Recipes_of_samples_say_nothing_of_exams()
    {
        var spec = Parse(Volumes, "protocols: finetune").Spec!;
        Assert.Null(spec.Planes);
        Assert.DoesNotContain("slices", spec.Json(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ofExams", spec.Json(), StringComparison.Ordinal);
    }

    [Theory]
    // Of AST's scripts: rate, batch, epochs, and the longest bands of frames and of mels.
    [InlineData("audioset-20k", 5e-5, 12, 25, 192, 48, FineTuneLoss.Binary, 0.5, 10)]
    [InlineData("audioset-2m", 1e-5, 12, 5, 192, 48, FineTuneLoss.Binary, 0.5, 10)]
    [InlineData("esc50", 1e-4, 48, 25, 96, 24, FineTuneLoss.CrossEntropy, 0, 5)]
    [InlineData("speech-commands-v2", 2.5e-4, 128, 30, 48, 48, FineTuneLoss.Binary, 0.6, 1)]
    public void Presets_are_asts_scripts(
        string preset,
        double rate,
        int batch,
        int epochs,
        int time,
        int frequency,
        FineTuneLoss loss,
        double mixup,
        double seconds
    )
    {
        var recipe = Recipe(Sounds, $"{{ protocols: finetune, finetune: {{ preset: {preset} }} }}");
        Assert.Equal(rate, recipe.Optimizer.BaseLearningRate * batch / 256, 1e-12);
        Assert.Equal(
            (batch, epochs, loss, mixup, seconds),
            (recipe.Batch.Size, recipe.Budget.Epochs, recipe.Loss, recipe.WaveformMixup, recipe.Seconds)
        );
        // AST pads 10 s to 1,024 frames, 5 s to 512 and 1 s to 128; its bands are shares of them.
        var frames = seconds switch
        {
            10 => 1024,
            5 => 512,
            _ => 128,
        };
        Assert.Equal(time, (int)(recipe.SpecAugment!.Time * frames));
        Assert.Equal(frequency, (int)(recipe.SpecAugment.Frequency * 128));
        // Whole patches of 16 frames.
        Assert.Equal(
            seconds switch
            {
                10 => [1008, 128],
                5 => [512, 128],
                _ => new[] { 112, 128 },
            },
            recipe.Image
        );
    }

    [Theory]
    [InlineData(
        Images,
        "{ protocols: [finetune, knn], finetune: { augmentation: { cropScale: [0.4, 1] }, image: [240, 256], labels: [10, 50] } }"
    )]
    [InlineData(
        Images,
        "{ protocols: finetune, features: mean-token, finetune: { budget: { steps: 300 }, batch: { size: 50, shards: 2 } } }"
    )]
    [InlineData(
        Sounds,
        "{ protocols: finetune, folds: ['1', '2', '3'], data: { audio: esc, layout: esc50 }, finetune: { preset: esc50 } }"
    )]
    [InlineData(Sounds, "{ protocols: finetune, finetune: { preset: voxceleb1, waveformMixup: 0.2, averageFrom: 0.5 } }")]
    [InlineData(Volumes, "{ protocols: finetune, planes: [axial, sagittal], pooling: max, finetune: { preset: exams, slices: 8 } }")]
    public void Resolved_specs_are_read_back_to_the_same_text(string run, string document)
    {
        var spec = Parse(run, document);
        Assert.Empty(spec.Errors);
        var again = Parse(run, spec.Spec!.Json());
        Assert.Empty(again.Errors);
        Assert.Equal(spec.Spec.Json(), again.Spec!.Json());
        Assert.Equal(spec.Spec.Hash(), again.Spec.Hash());
    }

    [Theory]
    [InlineData(Images, "{ protocols: knn, finetune: { mixup: 0 } }", "finetune", "protocols does not name")]
    [InlineData(Images, "{ protocols: finetune, finetune: { preset: esc50 } }", "finetune.preset", "does not fit data of images")]
    [InlineData(Sounds, "{ protocols: finetune, finetune: { preset: images } }", "finetune.preset", "does not fit data of audio")]
    [InlineData(Images, "{ protocols: finetune, finetune: { image: 230 } }", "finetune.image", "multiples of the network's patch, 16")]
    [InlineData(Images, "{ protocols: finetune, finetune: { waveformMixup: 0.5 } }", "finetune.waveformMixup", "is for sounds")]
    [InlineData(Sounds, "{ protocols: finetune, finetune: { cutmix: 1 } }", "finetune.cutmix", "is for images")]
    [InlineData(Images, "{ protocols: finetune, finetune: { batch: { size: 50, shards: 4 } } }", "finetune.batch", "divides size, 50")]
    [InlineData(Images, "{ protocols: finetune, finetune: { allLabels: false } }", "finetune.allLabels", "nothing to train on")]
    [InlineData(Images, "{ protocols: finetune, finetune: { mixupp: 1 } }", "finetune.mixupp", "did you mean mixup")]
    [InlineData(Images, "{ protocols: finetune, features: last-4-mean }", "features", "class-token or mean-token")]
    [InlineData(
        Images,
        "{ protocols: finetune, finetune: { optimizer: { baseLearningRate: 1e-7 } } }",
        "finetune.optimizer",
        "above the peak"
    )]
    [InlineData(Images, "{ protocols: finetune, data: { audio: x, labels: folders, holdOut: 9 } }", "data", "must be images")]
    [InlineData(Sounds, "{ protocols: finetune, finetune: { image: [592, 64] } }", "finetune.image", "leave it out")]
    [InlineData(Images, "{ protocols: finetune, finetune: { preset: exams } }", "finetune.preset", "does not fit data of images")]
    [InlineData(Volumes, "{ protocols: finetune, finetune: { slices: 8 } }", "finetune.slices", "is of the preset exams")]
    [InlineData(Volumes, "{ protocols: finetune, finetune: { preset: exams, slices: 257 } }", "finetune.slices", "256")]
    [InlineData(Volumes, "{ protocols: finetune, finetune: { preset: exams, labels: [5, 2, 5] } }", "finetune.labels", "once")]
    [InlineData(Volumes, "{ protocols: finetune, finetune: { preset: exams, mixup: 0.8 } }", "finetune.mixup", "exams are not mixed")]
    [InlineData(Volumes, "{ protocols: finetune, finetune: { preset: exams, loss: cross-entropy } }", "finetune.loss", "binary")]
    [InlineData(
        Volumes,
        "{ protocols: finetune, planes: [axial, sagittal], finetune: { preset: exams, labels: [1, 5] } }",
        "finetune.labels",
        "2 or more"
    )]
    [InlineData(Volumes, "{ protocols: finetune, pooling: max, finetune: { mixup: 0 } }", "pooling", "preset: exams")]
    [InlineData(Images, "{ protocols: knn, folds: [a] }", "folds", "two splits")]
    [InlineData(Images, "{ protocols: knn, folds: [a, b] }", "folds", "leave data.holdOut out")]
    public void What_does_not_fit_is_named(string run, string document, string path, string problem)
    {
        var errors = Parse(run, document).Errors;
        Assert.Contains(errors, e => e.Path == path && e.Problem.Contains(problem, StringComparison.Ordinal));
    }

    private static FineTuneSpec Recipe(string run, string document)
    {
        var result = Parse(run, document);
        Assert.True(result.Spec is not null, string.Join("; ", result.Errors));
        return result.Spec.Finetune!;
    }

    private static EvaluationSpecResult Parse(string run, string document)
    {
        var spec = RunSpecParser.Parse(run);
        Assert.True(spec.IsValid, string.Join("; ", spec.Errors));
        return EvaluationSpecParser.Parse(document, spec.Spec!);
    }
}
