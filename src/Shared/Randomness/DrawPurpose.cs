namespace Orchestrator.Shared.Randomness;

/// <summary>What a draw is for. Each purpose has a stream of its own; numbers are part of the bits of every run and are never reused.</summary>
public enum DrawPurpose : byte
{
    /// <summary>Initial weights: sample = index of the parameter in layout order.</summary>
    InitialWeights = 1,

    /// <summary>Round keys of an epoch's permutation: epoch = epoch.</summary>
    EpochOrder = 2,

    /// <summary>Random resized crop: epoch, sample, view.</summary>
    Crop = 3,

    /// <summary>Horizontal flip: epoch, sample, view.</summary>
    Flip = 4,

    /// <summary>Color jitter: epoch, sample, view.</summary>
    ColorJitter = 5,

    /// <summary>Blur: epoch, sample, view.</summary>
    Blur = 6,

    /// <summary>Group masking: area, blocks, kind of fill: epoch, sample, view.</summary>
    Corruption = 7,

    /// <summary>Unit Gaussian pixels of noise blocks: epoch, sample, view.</summary>
    CorruptionNoise = 8,

    /// <summary>Batch-mate replacement: epoch, sample, view.</summary>
    BatchMate = 9,

    /// <summary>Drop-path: epoch, sample, view.</summary>
    DropPath = 10,

    /// <summary>Labeled images of a low-shot split: epoch = draw, sample = class; those drawn whatever their class: view = 1.</summary>
    ProbeSplit = 11,

    /// <summary>The fixed crop of the unaligned evaluation protocol: sample = image.</summary>
    ProbeCrop = 12,

    /// <summary>Inputs of the preflight computation.</summary>
    Preflight = 13,

    /// <summary>Which images probes use of a set that has more than they take: sample = image.</summary>
    ProbeSubset = 14,

    /// <summary>Round keys of the order of groups in one round of balanced sampling: epoch = round.</summary>
    GroupOrder = 15,

    /// <summary>Round keys of the order of a group's samples in one pass over it: epoch = pass, sample = group.</summary>
    GroupMembers = 16,

    /// <summary>Loss of colors: epoch, sample, view.</summary>
    Grayscale = 20,

    /// <summary>Solarization: epoch, sample, view.</summary>
    Solarize = 21,

    /// <summary>Roll of a whole clip: epoch, sample; one for all views of a sample.</summary>
    AudioRoll = 32,

    /// <summary>Start of a crop of a clip: epoch, sample, view.</summary>
    AudioCrop = 33,

    /// <summary>Items of a composed scene, and their places: epoch = 1 for those that are held out, sample = number of the scene.</summary>
    Scene = 50,

    /// <summary>A schedule of faults against a run; shows in no run's bits: sample = number of the fault.</summary>
    Chaos = 64,

    /// <summary>Noise in place of a sample among an encoder's example inputs: sample = index of the input.</summary>
    ExampleNoise = 48,

    /// <summary>Units of a bootstrap resample; shows in no run's bits: sample = number of the resample.</summary>
    Bootstrap = 80,

    /// <summary>With which sample of its shard a labeled sample is mixed, how, and how much: epoch, sample = position in the labeled samples.</summary>
    LabelMixing = 100,

    /// <summary>Blanked bands of a labeled sound's spectrogram: epoch, sample = position in the labeled samples.</summary>
    SpecAugment = 101,

    /// <summary>Order in which the training exams of a class are dealt to folds; shows in no run's bits: sample = class.</summary>
    ExamFold = 96,

    /// <summary>Initial weights of attention over slices; shows in no run's bits.</summary>
    SliceAttention = 97,

    /// <summary>Which slices of a labeled exam a step sees: epoch, sample = position in the labeled exams.</summary>
    ExamSlices = 98,

    /// <summary>The values that a sweep gives a trial; shows in no run's bits but by its spec: sample = trial, view = field, in ordinal order of their paths.</summary>
    SweepTrial = 112,
}
