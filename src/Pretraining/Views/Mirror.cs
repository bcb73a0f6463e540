namespace Orchestrator.Pretraining.Views;

/// <summary>Horizontal flip.</summary>
internal static class Mirror
{
    /// <summary>Reverses every row, of all channels.</summary>
    public static void Apply(Span<float> image, int width)
    {
        for (var start = 0; start < image.Length; start += width)
        {
            image.Slice(start, width).Reverse();
        }
    }
}
