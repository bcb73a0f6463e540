using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Brightness, contrast, saturation and hue on values 0–1, each clamped to 0–1. Source: torchvision functional_tensor (adjust_*).
/// Deviation: always in this order, where torchvision shuffles the four.
/// </summary>
internal static class ColorJitter
{
    /// <summary>Changes an image with the options' probability. All draws are taken whatever the amounts are.</summary>
    /// <param name="image"><c>[C, H, W]</c>, 0–1. Saturation and hue leave gray images as they are.</param>
    public static void Apply(Span<float> image, ImageSize size, JitterOptions options, ref PhiloxStream draws)
    {
        if (!draws.NextBoolean(options.Probability))
        {
            return;
        }

        var brightness = Factor(options.Brightness, ref draws);
        var contrast = Factor(options.Contrast, ref draws);
        var saturation = Factor(options.Saturation, ref draws);
        var turn = (float)draws.NextDouble(-options.Hue, options.Hue);
        // An amount of 0 makes a factor of 1, which changes nothing.
        var offset = (1 - contrast) * ColorPlanes.Brighten(image, size, brightness);
        if (size.Channels == 3)
        {
            ColorPlanes.Recolor(image, size.Area, contrast, offset, saturation, options.Hue > 0 ? turn : null);
        }
        else
        {
            ColorPlanes.Blend(image, contrast, offset);
        }
    }

    private static float Factor(double amount, ref PhiloxStream draws) => (float)draws.NextDouble(Math.Max(0, 1 - amount), 1 + amount);
}
