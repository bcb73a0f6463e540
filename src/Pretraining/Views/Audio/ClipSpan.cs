namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>The part of a clip that a view shows. Beyond the clip's end it goes on at the clip's start.</summary>
/// <param name="Start">First sample, 0 … length − 1, at the spectrogram's rate.</param>
/// <param name="Count">Samples, at most the clip's length.</param>
public readonly record struct ClipSpan(int Start, int Count)
{
    /// <summary>Whether it passes the end of a clip of so many samples.</summary>
    public bool Wraps(int length) => Start > length - Count;
}
