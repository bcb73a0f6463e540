using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Evaluations;

/// <summary>How an encoder is to be judged, on frozen features or by training it on: resolved, every default filled in (docs/evaluation.md).</summary>
public sealed record EvaluationSpec
{
    public const string Version = "orchestrator/v1";

    /// <summary>In the order asked for, each once.</summary>
    public required IReadOnlyList<EvaluationProtocol> Protocols { get; init; }

    /// <summary>Whose weights.</summary>
    public EncoderNetwork Network { get; init; }

    /// <summary>What of the network's output a sample's feature is.</summary>
    public EncoderFeatures Features { get; init; }

    /// <summary>How samples are shown.</summary>
    public SampleView View { get; init; }

    /// <summary>k of nearest neighbors.</summary>
    public IReadOnlyList<int> Neighbors { get; init; } = [10, 20, 100, 200];

    /// <summary>Labels a class of low-shot protocols.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [1, 2, 5];

    /// <summary>Share of the training samples that a low-shot protocol labels too, 0–1; 0: none.</summary>
    public double Fraction { get; init; } = 0.01;

    /// <summary>Draws of labeled samples of low-shot protocols, at least 3.</summary>
    public int Splits { get; init; } = 10;

    /// <summary>λ of low-shot's and multi-label's penalty λ/(2n) · ‖W‖² over n labeled samples: MSN's.</summary>
    public double Lambda { get; init; } = 2.5e-3;

    /// <summary>Blocks (from 1) whose patch tokens segmentation puts side by side; empty: the last four.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    /// <summary>Of the draws of labeled samples: the same whatever the run's, so that figures of runs can be compared.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether raw pixels and the network as initialized are judged beside.</summary>
    public bool Baselines { get; init; } = true;

    /// <summary>Labeled data; null: the run's.</summary>
    public DataSpec? Data { get; init; }

    /// <summary>Splits of the data that are held out one after another, figures being means over them; null: what the data holds out.</summary>
    public IReadOnlyList<string>? Folds { get; init; }

    /// <summary>How the protocol finetune trains; null where it is not asked for.</summary>
    public FineTuneSpec? Finetune { get; init; }

    /// <summary>How the slices of an exam are pooled; null where no exams are judged.</summary>
    public IReadOnlyList<ExamPooling>? Pooling { get; init; }

    /// <summary>Planes in which exams are judged, each by itself and, of several, fused; null where none are.</summary>
    public IReadOnlyList<SlicePlane>? Planes { get; init; }

    /// <summary>So many workers at most compute it side by side. It changes no figure, and is no part of <see cref="Hash"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Workers { get; init; } = 4;

    /// <summary>Canonical: the same spec is the same text.</summary>
    public string Json() => JsonSerializer.Serialize(this, RunSpecJson.Options);

    /// <summary>16 hex digits: two specs that share them judge alike.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((this with { Workers = 0 }).Json())))[..16];
}

public enum EvaluationProtocol
{
    /// <summary>Weighted nearest neighbors, exact, temperature 0.07.</summary>
    Knn,

    /// <summary>Logistic regression on all training samples.</summary>
    Linear,

    /// <summary>Logistic regression on a few labels a class.</summary>
    LowShot,

    /// <summary>One sigmoid a class on samples with several labels: macro mAP, with all labels and with a few.</summary>
    MultiLabel,

    /// <summary>A linear head on patch tokens, upsampled to the masks: mIoU, with all masks and with a few.</summary>
    Segmentation,

    /// <summary>The whole network trained on labels, beside one that is trained from scratch: accuracy, mAP of several labels a sample, or what <see cref="Exams"/> has.</summary>
    Finetune,

    /// <summary>Volumes with a yes or no each: features pooled over an exam's slices, by plane and fused over planes.</summary>
    Exams,
}

/// <summary>Which network of a run is judged.</summary>
public enum EncoderNetwork
{
    Student,

    /// <summary>The EMA of the student, where the method has one.</summary>
    Teacher,
}

/// <summary>A sample's feature.</summary>
public enum EncoderFeatures
{
    /// <summary>What the method trained: the class token where class tokens are clustered or contrasted, else the last four blocks' mean tokens.</summary>
    Auto,

    /// <summary>The class token after the final norm.</summary>
    ClassToken,

    /// <summary>The mean of the patch tokens after the final norm.</summary>
    MeanToken,

    /// <summary>The class tokens of the last four blocks side by side, each layer-normalized without affine.</summary>
    [JsonStringEnumMemberName("last-4-class")]
    Last4Class,

    /// <summary>The means of the last four blocks' patch tokens side by side, each token layer-normalized without affine.</summary>
    [JsonStringEnumMemberName("last-4-mean")]
    Last4Mean,
}

/// <summary>How an evaluation shows samples.</summary>
public enum SampleView
{
    /// <summary>The whole sample, resized.</summary>
    Aligned,

    /// <summary>Through one fixed random crop and flip a sample, the same for every network and run.</summary>
    Unaligned,
}
