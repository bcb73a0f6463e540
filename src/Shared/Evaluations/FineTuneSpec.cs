using System.Text.Json.Serialization;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>How the protocol <c>finetune</c> trains a whole network on labels: resolved, every default filled in (docs/evaluation.md).</summary>
public sealed record FineTuneSpec
{
    /// <summary>Whose recipe the defaults are.</summary>
    public required FineTunePreset Preset { get; init; }
    public required BudgetSpec Budget { get; init; }
    public required BatchSpec Batch { get; init; }
    public required OptimizerSpec Optimizer { get; init; }
    public required FineTuneLoss Loss { get; init; }

    /// <summary>Factor of the learning rate from each block to the one below it, above 0, at most 1: 1 trains all alike.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Rate at the last block, rising linearly from 0.</summary>
    public double DropPath { get; init; }

    /// <summary>Share of a label that is spread over all classes, 0–1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>α of mixup's λ ~ Beta(α, α); 0: none.</summary>
    public double Mixup { get; init; }

    /// <summary>α of cutmix's λ ~ Beta(α, α); 0: none. With both each sample takes one of them, with equal chances.</summary>
    public double Cutmix { get; init; }

    /// <summary>Probability that a sound is mixed with another one as a waveform, λ ~ Beta(10, 10): AST's mixup.</summary>
    public double WaveformMixup { get; init; }

    /// <summary>Bands that are blanked in spectrograms; null for images and volumes.</summary>
    public SpecAugmentSpec? SpecAugment { get; init; }

    /// <summary>Share of the steps after which the weights that are judged are the mean of those after each step; 1: the last step's are judged.</summary>
    public double AverageFrom { get; init; } = 1;

    /// <summary>Of the training views; null: the run's.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>Height and width of a view (of sounds: frames and mel bands). Positions of another size than the run's are interpolated.</summary>
    public required IReadOnlyList<int> Image { get; init; }

    /// <summary>Length of a crop of a sound; null for images and volumes.</summary>
    public double? Seconds { get; init; }

    /// <summary>Of exams: so many slices of each are seen in a step; 0: samples, and not exams, are learned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Slices { get; init; }

    /// <summary>Whether whole exams are learned and judged.</summary>
    [JsonIgnore]
    public bool OfExams => Slices > 0;

    /// <summary>Trainings on so many labels a class, beside the one on all labels.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [];

    /// <summary>Trainings on this share of the labels, 0–1; 0: none.</summary>
    public double Fraction { get; init; }

    /// <summary>Whether there is a training on all labels.</summary>
    public bool AllLabels { get; init; } = true;
}

/// <summary>The longest bands that SpecAugment (Park et al. 2019) blanks, one of each kind a view: shares of the spectrogram's sides, 0–1.</summary>
public sealed record SpecAugmentSpec(double Time, double Frequency);

public enum FineTuneLoss
{
    /// <summary>Soft-max over the classes: of one label a sample.</summary>
    CrossEntropy,

    /// <summary>A sigmoid a class.</summary>
    Binary,
}

/// <summary>Recipes of the papers; each value may be overridden.</summary>
public enum FineTunePreset
{
    /// <summary>DeiT's augmentation with BEiT's decay of rates by layer.</summary>
    Images,

    /// <summary>AST's on AudioSet's balanced set, at the run's length of sounds.</summary>
    Audio,

    /// <summary>AST's: 5 s.</summary>
    Esc50,

    /// <summary>AST's of version 2, at SSAST's rate of version 1: 1 s.</summary>
    SpeechCommandsV1,

    /// <summary>AST's: 1 s.</summary>
    SpeechCommandsV2,

    /// <summary>AST's on the balanced set: 10 s.</summary>
    [JsonStringEnumMemberName("audioset-20k")]
    AudioSet20k,

    /// <summary>AST's on the whole set: 10 s.</summary>
    [JsonStringEnumMemberName("audioset-2m")]
    AudioSet2m,

    /// <summary>SSAST's rate for speakers; batch and epochs inferred: 10 s.</summary>
    [JsonStringEnumMemberName("voxceleb1")]
    VoxCeleb1,

    /// <summary>Whole exams: slices through the network, pooled, to a yes or no each.</summary>
    Exams,
}
