namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Makes views of the samples of a data set, for one thread at a time. A view is a function of the sample and of (seed, epoch, draw, view)
/// alone: which thread or host renders it does not show.
/// </summary>
public interface IViewRenderer
{
    /// <summary>Renders the training views of a sample, read and decoded once.</summary>
    /// <param name="sample">0 … Count − 1.</param>
    /// <param name="draw">Key of the draws; the sample itself, or the sample that it stands in for.</param>
    /// <param name="views">Number of whole-size views.</param>
    /// <param name="destination"><c>[views, C, H, W]</c>, normalized; then the local views, each of their size.</param>
    /// <param name="locals">Number of local views: 0, or as many as the run's spec has.</param>
    /// <exception cref="DataException">The sample is damaged.</exception>
    void Render(long sample, ulong seed, long epoch, long draw, int views, Span<float> destination, int locals = 0);

    /// <summary>
    /// Renders a sample, read and decoded once, as the probes see it: whole, and through a crop that depends on the sample's index alone (the
    /// <c>unaligned</c> protocol).
    /// </summary>
    /// <param name="aligned"><c>[C, H, W]</c>, normalized.</param>
    /// <param name="unaligned"><c>[C, H, W]</c>, normalized.</param>
    void RenderProbe(long sample, Span<float> aligned, Span<float> unaligned);

    /// <summary>Renders the whole sample (of a long sound: its middle).</summary>
    /// <param name="destination"><c>[C, H, W]</c>, normalized.</param>
    void RenderAligned(long sample, Span<float> destination);

    /// <summary>Renders one training view of two sounds heard at once: each crop less its mean, then their weighted sum.</summary>
    /// <param name="sound">Which, and how loud.</param>
    /// <param name="destination"><c>[C, H, W]</c>, normalized.</param>
    /// <exception cref="NotSupportedException">The samples are no sounds.</exception>
    void RenderMixed(in MixedSound sound, ulong seed, long epoch, Span<float> destination) =>
        throw new NotSupportedException("only sounds are mixed before they are drawn");
}

/// <summary>Two samples heard at once.</summary>
/// <param name="Sample">The first.</param>
/// <param name="Draw">Key of its draws.</param>
/// <param name="Mate">The second.</param>
/// <param name="MateDraw">Key of its draws.</param>
/// <param name="Share">Of the first, 0–1; the second has the rest.</param>
public readonly record struct MixedSound(long Sample, long Draw, long Mate, long MateDraw, float Share);
