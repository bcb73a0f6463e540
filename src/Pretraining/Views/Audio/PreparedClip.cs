namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>A clip at the spectrogram's rate, or a window of it.</summary>
/// <param name="Samples">Finite.</param>
/// <param name="First">Number of the first of them in the whole clip.</param>
/// <param name="Length">Samples of the whole clip, at least 1.</param>
public readonly record struct PreparedClip(float[] Samples, int First, int Length)
{
    /// <summary>The samples of a span before the clip's end, and those after it went on at the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The window does not hold them.</exception>
    internal void Split(ClipSpan span, out ReadOnlySpan<float> first, out ReadOnlySpan<float> second)
    {
        var toEnd = Math.Min(span.Count, Length - span.Start);
        first = Samples.AsSpan(span.Start - First, toEnd);
        second = Samples.AsSpan(0, span.Count - toEnd);
    }
}
