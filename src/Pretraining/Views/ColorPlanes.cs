using System.Numerics;
using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Colors of images <c>[C, H, W]</c> of values 0–1, changed pixel by pixel in vector units. Each pixel goes through the same operations in the same
/// order, each rounding, whatever the vectors' width. Source: torchvision functional_tensor.
/// </summary>
internal static class ColorPlanes
{
    // So few that a processor makes the next chunk's grays while it waits for the additions of this one's.
    private const int Chunk = 64;

    /// <summary>image · factor + offset, clamped to 0–1.</summary>
    public static void Blend(Span<float> image, float factor, float offset)
    {
        var (factors, offsets) = (new Vector<float>(factor), new Vector<float>(offset));
        var i = 0;
        for (; i <= image.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Clamp((new Vector<float>(image[i..]) * factors) + offsets).CopyTo(image[i..]);
        }

        for (; i < image.Length; i++)
        {
            image[i] = Math.Clamp((image[i] * factor) + offset, 0f, 1f);
        }
    }

    /// <summary>
    /// image · factor, clamped to 0–1, and the mean of the gray values that this makes. One running sum in pixel order: a vector sum's bits would depend
    /// on the vector's width.
    /// </summary>
    public static float Brighten(Span<float> image, ImageSize size, float factor)
    {
        Span<float> grays = stackalloc float[Chunk];
        var area = size.Area;
        var sum = 0.0;
        for (var first = 0; first < area; first += Chunk)
        {
            var count = Math.Min(Chunk, area - first);
            scoped var chunk = image.Slice(first, count);
            Blend(chunk, factor, 0);
            if (size.Channels == 3)
            {
                var green = image.Slice(area + first, count);
                var blue = image.Slice((2 * area) + first, count);
                Blend(green, factor, 0);
                Blend(blue, factor, 0);
                Gray(chunk, green, blue, grays);
                chunk = grays[..count];
            }

            foreach (var gray in chunk)
            {
                sum += gray;
            }
        }

        return (float)(sum / area);
    }

    /// <summary>Gray on all three channels.</summary>
    public static void ToGray(Span<float> image, int area)
    {
        var (red, green, blue) = (0, area, 2 * area);
        Gray(image.Slice(red, area), image.Slice(green, area), image.Slice(blue, area), image[..area]);
        image[..area].CopyTo(image[green..]);
        image[..area].CopyTo(image[blue..]);
    }

    /// <summary>1 − value from a threshold on.</summary>
    public static void Solarize(Span<float> image, float threshold)
    {
        var i = 0;
        for (; i <= image.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = new Vector<float>(image[i..]);
            var above = Vector.GreaterThanOrEqual(value, new Vector<float>(threshold));
            Vector.ConditionalSelect(above, Vector<float>.One - value, value).CopyTo(image[i..]);
        }

        for (; i < image.Length; i++)
        {
            image[i] = image[i] >= threshold ? 1 - image[i] : image[i];
        }
    }

    /// <summary>
    /// Contrast, saturation and hue of each pixel of a color image, each clamped to 0–1. A factor of 1 and an offset of 0 leave a pixel as it is.
    /// </summary>
    /// <param name="contrast">pixel · contrast + offset.</param>
    /// <param name="offset">(1 − contrast) · what a contrast of 0 leaves.</param>
    /// <param name="saturation">The blend of a pixel with its gray value: 0 is gray, 1 leaves it, above exaggerates.</param>
    /// <param name="turn">The hue's, as a share of the color wheel; value and saturation stay. null: none.</param>
    public static void Recolor(Span<float> image, int area, float contrast, float offset, float saturation, float? turn)
    {
        var pixels = new PixelVectors(image, area);
        var (contrasts, offsets) = (new Vector<float>(contrast), new Vector<float>(offset));
        var (saturations, rest) = (new Vector<float>(saturation), new Vector<float>(1 - saturation));
        var turns = new Vector<float>(turn ?? 0);
        for (var i = 0; i < area; i += Vector<float>.Count)
        {
            pixels.Load(i, out var red, out var green, out var blue);
            red = Clamp((red * contrasts) + offsets);
            green = Clamp((green * contrasts) + offsets);
            blue = Clamp((blue * contrasts) + offsets);
            var gray = rest * Gray(red, green, blue);
            red = Clamp((red * saturations) + gray);
            green = Clamp((green * saturations) + gray);
            blue = Clamp((blue * saturations) + gray);
            if (turn is not null)
            {
                var (h, s, v) = ToHsv(red, green, blue);
                h += turns;
                (red, green, blue) = ToRgb(h - Vector.Floor(h), s, v);
            }

            pixels.Store(i, red, green, blue);
        }
    }

    private static void Gray(ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue, Span<float> gray)
    {
        var i = 0;
        for (; i <= red.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Gray(new Vector<float>(red[i..]), new Vector<float>(green[i..]), new Vector<float>(blue[i..])).CopyTo(gray[i..]);
        }

        for (; i < red.Length; i++)
        {
            gray[i] = (0.2989f * red[i]) + (0.587f * green[i]) + (0.114f * blue[i]);
        }
    }

    private static Vector<float> Gray(Vector<float> red, Vector<float> green, Vector<float> blue) =>
        (new Vector<float>(0.2989f) * red) + (new Vector<float>(0.587f) * green) + (new Vector<float>(0.114f) * blue);

    private static Vector<float> Clamp(Vector<float> value)
    {
        value = Vector.ConditionalSelect(Vector.LessThan(value, Vector<float>.Zero), Vector<float>.Zero, value);
        return Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<float>.One), Vector<float>.One, value);
    }

    private static (Vector<float> H, Vector<float> S, Vector<float> V) ToHsv(Vector<float> red, Vector<float> green, Vector<float> blue)
    {
        var max = Vector.Max(red, Vector.Max(green, blue));
        var range = max - Vector.Min(red, Vector.Min(green, blue));
        // Gray has neither hue nor saturation; the quotients by its range of zero are put aside below.
        var gray = Vector.Equals(range, Vector<float>.Zero);
        var (rc, gc, bc) = ((max - red) / range, (max - green) / range, (max - blue) / range);
        var sector = Vector.ConditionalSelect(
            Vector.Equals(max, red),
            bc - gc,
            Vector.ConditionalSelect(Vector.Equals(max, green), new Vector<float>(2) + rc - bc, new Vector<float>(4) + gc - rc)
        );
        var hue = (sector / new Vector<float>(6)) + Vector<float>.One;
        return (
            Vector.ConditionalSelect(gray, Vector<float>.Zero, hue - Vector.Floor(hue)),
            Vector.ConditionalSelect(gray, Vector<float>.Zero, range / max),
            max
        );
    }

    private static (Vector<float> Red, Vector<float> Green, Vector<float> Blue) ToRgb(Vector<float> h, Vector<float> s, Vector<float> v)
    {
        var (one, six) = (Vector<float>.One, h * new Vector<float>(6));
        var sector = Vector.Floor(six);
        var rest = six - sector;
        var p = Clamp(v * (one - s));
        var q = Clamp(v * (one - (s * rest)));
        var t = Clamp(v * (one - (s * (one - rest))));
        // A hue just below a whole turn may round to it: sector 6 is sector 0.
        var in0 = Vector.Equals(sector, Vector<float>.Zero) | Vector.Equals(sector, new Vector<float>(6));
        var in1 = Vector.Equals(sector, one);
        var in2 = Vector.Equals(sector, new Vector<float>(2));
        var in3 = Vector.Equals(sector, new Vector<float>(3));
        var in4 = Vector.Equals(sector, new Vector<float>(4));
        var in5 = Vector.Equals(sector, new Vector<float>(5));
        return (
            Vector.ConditionalSelect(in0 | in5, v, Vector.ConditionalSelect(in1, q, Vector.ConditionalSelect(in4, t, p))),
            Vector.ConditionalSelect(in1 | in2, v, Vector.ConditionalSelect(in0, t, Vector.ConditionalSelect(in3, q, p))),
            Vector.ConditionalSelect(in3 | in4, v, Vector.ConditionalSelect(in2, t, Vector.ConditionalSelect(in5, q, p)))
        );
    }
}
