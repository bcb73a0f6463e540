using System.Text.Json.Serialization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Methods;

/// <summary>Options of the methods. What every method has is always there; a part that only some have is null elsewhere.</summary>
public sealed record MethodOptions
{
    /// <summary>Views of each image, 1 or 2.</summary>
    public required int Views { get; init; }

    /// <summary>How views are cut from images and slices; null for sounds.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>How views are cut from sounds; null for images and volumes.</summary>
    public SpectrogramOptions? Spectrogram { get; init; }

    /// <summary>Small views beside the <see cref="Views"/>; null for none.</summary>
    public LocalViewOptions? LocalViews { get; init; }

    /// <summary>Whether local views are corrupted and reconstructed (GMML), rather than compared with the teacher's whole views.</summary>
    [JsonIgnore]
    public bool ReconstructsLocalViews => LocalViews is not null && Reconstruction is not null && Tokens is null;

    /// <summary>Null for methods whose student sees clean views.</summary>
    public CorruptionOptions? Corruption { get; init; }

    /// <summary>Null for methods that reconstruct nothing.</summary>
    public ReconstructionOptions? Reconstruction { get; init; }

    /// <summary>Weights of the loss terms; null where there is one term.</summary>
    public LossWeights? Weights { get; init; }

    /// <summary>The clustering part: all null for methods without it.</summary>
    public AvoidCollapse? AvoidCollapse { get; init; }

    /// <summary>Of class tokens.</summary>
    public int? Prototypes { get; init; }

    /// <summary>Of patch tokens; null where they are not clustered.</summary>
    public int? PatchPrototypes { get; init; }
    public ClusteringTokens? Tokens { get; init; }
    public HeadOptions? Head { get; init; }
    public TemperatureOptions? Temperatures { get; init; }
    public MomentumOptions? Momentum { get; init; }
    public SinkhornOptions? Sinkhorn { get; init; }

    /// <summary>The contrastive part; null for methods without it.</summary>
    public ContrastiveOptions? Contrastive { get; init; }

    /// <summary>So many epochs from the start the prototypes do not learn.</summary>
    public int? FreezePrototypes { get; init; }
}

/// <summary>Weights of the loss terms; null for a term that the run does not have.</summary>
/// <param name="Reconstruction">Weight of the masked reconstruction.</param>
/// <param name="Clustering">Weight of the class tokens' prototype cross-entropy.</param>
/// <param name="Patch">Weight of the patch tokens' prototype cross-entropy.</param>
/// <param name="Entropy">Weight of ME-MAX.</param>
public sealed record LossWeights(double? Reconstruction, double? Clustering, double? Patch, double? Entropy);

/// <summary>The clustering head: token → hidden → hidden → bottleneck (unit length) → prototypes.</summary>
/// <param name="NormalizePrototypes">Prototypes keep unit length (gain frozen at 1).</param>
public sealed record HeadOptions(int Hidden, int Bottleneck, bool NormalizePrototypes);

/// <param name="Student">τ of the student.</param>
/// <param name="Teacher">Start and end of the teacher's τ.</param>
/// <param name="TeacherWarmup">Share of the epochs over which it rises, linearly, by epoch.</param>
public sealed record TemperatureOptions(double Student, Interval Teacher, double TeacherWarmup);

/// <param name="Teacher">Start and end of the teacher's EMA momentum: cosine, by step.</param>
/// <param name="Center">EMA momentum of the center of the teacher's logits; null for methods without one.</param>
public sealed record MomentumOptions(Interval Teacher, double? Center);

/// <param name="Iterations">Of prototype and sample normalization.</param>
/// <param name="Rows">One assignment over both views, or one for each.</param>
public sealed record SinkhornOptions(int Iterations, SinkhornRows Rows);

/// <summary>How a view is cut from an image and changed before the network sees it.</summary>
/// <param name="CropScale">Share of the image's area.</param>
/// <param name="CropRatio">Width by height.</param>
/// <param name="Flip">Probability of a horizontal flip.</param>
/// <param name="Interpolation">Of the resize, antialiased.</param>
public sealed record AugmentationOptions(
    Interval CropScale,
    Interval CropRatio,
    double Flip,
    InterpolationKind Interpolation,
    JitterOptions Jitter,
    BlurOptions Blur,
    NormalizationOptions Normalization
)
{
    /// <summary>Probability that a color image loses its colors.</summary>
    public double Grayscale { get; init; }

    public SolarizeOptions Solarize { get; init; } = SolarizeOptions.Never;
}

public enum InterpolationKind
{
    Bicubic,
    Bilinear,
}

/// <summary>Color jitter: with the probability, factors uniform in 1 ± the amount (hue: ± the amount, in turns).</summary>
public sealed record JitterOptions(double Probability, double Brightness, double Contrast, double Saturation, double Hue);

/// <summary>Gaussian blur with the probability; radius (σ) in pixels.</summary>
public sealed record BlurOptions(double Probability, Interval Radius);

/// <summary>With the probability, values 0–1 from the threshold on become 1 − value.</summary>
public sealed record SolarizeOptions(double Probability, double Threshold)
{
    /// <summary>No image is solarized.</summary>
    public static SolarizeOptions Never { get; } = new(0, 0.5);
}

/// <summary>Small views of a sample beside its whole-size ones (multi-crop): for the student only.</summary>
/// <param name="Count">Of each sample.</param>
/// <param name="Image">Height and width, pixels; of sounds frames and mel bands.</param>
/// <param name="CropScale">Share of the image's area; null for sounds.</param>
/// <param name="Seconds">Length of a crop of a sound; null for images and volumes.</param>
public sealed record LocalViewOptions(int Count, IReadOnlyList<int> Image, Interval? CropScale, double? Seconds)
{
    [JsonIgnore]
    public int Height => Image[0];

    [JsonIgnore]
    public int Width => Image[1];
}

/// <summary>Per channel, on values 0–1: (x − mean) / deviation. One number serves all channels.</summary>
public sealed record NormalizationOptions(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation);

/// <summary>Group masking (GMML).</summary>
/// <param name="Fill">What covered blocks are filled with: the kind is drawn once a view.</param>
/// <param name="Area">Share of the view to cover, drawn uniformly.</param>
/// <param name="Block">Sides of a block as shares of the view's sides.</param>
/// <param name="Align">Block positions and sides are multiples of so many pixels.</param>
/// <param name="Replace">Replacement by another image's blocks.</param>
public sealed record CorruptionOptions(FillKinds Fill, Interval Area, Interval Block, int Align, ReplaceOptions Replace);

/// <summary>With the probability, the corrupted view is one where blocks covering the area come from another image of the shard.</summary>
public sealed record ReplaceOptions(double Probability, Interval Area);

/// <param name="Blocks">1-based transformer blocks whose outputs are averaged for the reconstruction.</param>
/// <param name="MaskedOnly">The loss is over masked pixels only.</param>
/// <param name="Hidden">Widths of the head's three hidden layers; null: the backbone's.</param>
public sealed record ReconstructionOptions(IReadOnlyList<int> Blocks, bool MaskedOnly, IReadOnlyList<int>? Hidden);

/// <summary>What keeps all samples from being assigned alike.</summary>
public enum AvoidCollapse
{
    /// <summary>The teacher's assignments over the global batch are balanced (SwAV).</summary>
    Sinkhorn,

    /// <summary>The teacher's logits are centered (DINO).</summary>
    Centering,

    /// <summary>Nothing: to see what happens.</summary>
    None,

    /// <summary>The entropy of the student's mean assignment is maximized (MSN).</summary>
    MeMax,

    /// <summary>Both.</summary>
    [JsonStringEnumMemberName("me-max+sinkhorn")]
    MeMaxSinkhorn,
}

public enum ClusteringTokens
{
    Class,
    Patch,
    Both,
}

public enum SinkhornRows
{
    PerView,
    Pooled,
}
