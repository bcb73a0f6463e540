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
        if (options.Brightness > 0)
        {
            Blend(image, brightness, 0);
        }

        if (options.Contrast > 0)
        {
            Blend(image, contrast, (1 - contrast) * MeanGray(image, size));
        }

        if (options.Saturation > 0 && size.Channels == 3)
        {
            Saturate(image, size.Area, saturation);
        }

        if (options.Hue > 0 && size.Channels == 3)
        {
            TurnHue(image, size.Area, turn);
        }
    }

    private static float Factor(double amount, ref PhiloxStream draws) => (float)draws.NextDouble(Math.Max(0, 1 - amount), 1 + amount);

    private static void Blend(Span<float> image, float factor, float offset)
    {
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = Math.Clamp((image[i] * factor) + offset, 0f, 1f);
        }
    }

    private static float Gray(float red, float green, float blue) => (0.2989f * red) + (0.587f * green) + (0.114f * blue);

    // One running sum in pixel order: a vector sum's bits would depend on the vector's width.
    private static float MeanGray(ReadOnlySpan<float> image, ImageSize size)
    {
        var area = size.Area;
        var sum = 0.0;
        for (var i = 0; i < area; i++)
        {
            sum += size.Channels == 1 ? image[i] : Gray(image[i], image[area + i], image[(2 * area) + i]);
        }

        return (float)(sum / area);
    }

    private static void Saturate(Span<float> image, int area, float factor)
    {
        for (var i = 0; i < area; i++)
        {
            var gray = (1 - factor) * Gray(image[i], image[area + i], image[(2 * area) + i]);
            for (var p = i; p < 3 * area; p += area)
            {
                image[p] = Math.Clamp((image[p] * factor) + gray, 0f, 1f);
            }
        }
    }

    private static void TurnHue(Span<float> image, int area, float turn)
    {
        for (var i = 0; i < area; i++)
        {
            var (h, s, v) = ToHsv(image[i], image[area + i], image[(2 * area) + i]);
            h += turn;
            (image[i], image[area + i], image[(2 * area) + i]) = ToRgb(h - MathF.Floor(h), s, v);
        }
    }

    private static (float H, float S, float V) ToHsv(float red, float green, float blue)
    {
        var max = Math.Max(red, Math.Max(green, blue));
        var range = max - Math.Min(red, Math.Min(green, blue));
        if (range == 0)
        {
            return (0, 0, max);
        }

        var (rc, gc, bc) = ((max - red) / range, (max - green) / range, (max - blue) / range);
        var sector =
            max == red ? bc - gc
            : max == green ? 2 + rc - bc
            : 4 + gc - rc;
        var hue = (sector / 6) + 1;
        return (hue - MathF.Floor(hue), range / max, max);
    }

    private static (float Red, float Green, float Blue) ToRgb(float h, float s, float v)
    {
        var sector = MathF.Floor(h * 6);
        var rest = (h * 6) - sector;
        var p = Math.Clamp(v * (1 - s), 0f, 1f);
        var q = Math.Clamp(v * (1 - (s * rest)), 0f, 1f);
        var t = Math.Clamp(v * (1 - (s * (1 - rest))), 0f, 1f);
        return ((int)sector % 6) switch
        {
            0 => (v, t, p),
            1 => (q, v, p),
            2 => (p, v, t),
            3 => (p, q, v),
            4 => (t, p, v),
            _ => (v, p, q),
        };
    }
}
