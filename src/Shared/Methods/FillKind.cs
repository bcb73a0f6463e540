namespace Orchestrator.Shared.Methods;

/// <summary>What the covered parts of a view are filled with.</summary>
public enum FillKind
{
    /// <summary>Unit Gaussian noise.</summary>
    Noise,

    /// <summary>Zeros: the mean, after normalization.</summary>
    Zeros,

    /// <summary>Another block of the same view.</summary>
    SameImage,

    /// <summary>Of spectrograms: zeros in all mel bands of a block's frames.</summary>
    Time,

    /// <summary>Of spectrograms: zeros in all frames of a block's mel bands.</summary>
    Frequency,
}
