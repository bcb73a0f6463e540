using System.Numerics;

namespace Orchestrator.Pretraining.Views;

/// <summary>The pixels of a three-channel image as vectors of red, green and blue; what lies beyond the last pixel reads as 0 and is not written.</summary>
internal readonly ref struct PixelVectors(Span<float> image, int area)
{
    private readonly Span<float> red = image[..area];
    private readonly Span<float> green = image.Slice(area, area);
    private readonly Span<float> blue = image.Slice(2 * area, area);

    public void Load(int pixel, out Vector<float> r, out Vector<float> g, out Vector<float> b)
    {
        if (pixel <= red.Length - Vector<float>.Count)
        {
            (r, g, b) = (new Vector<float>(red[pixel..]), new Vector<float>(green[pixel..]), new Vector<float>(blue[pixel..]));
            return;
        }

        (r, g, b) = (Rest(red[pixel..]), Rest(green[pixel..]), Rest(blue[pixel..]));
    }

    public void Store(int pixel, Vector<float> r, Vector<float> g, Vector<float> b)
    {
        if (pixel <= red.Length - Vector<float>.Count)
        {
            r.CopyTo(red[pixel..]);
            g.CopyTo(green[pixel..]);
            b.CopyTo(blue[pixel..]);
            return;
        }

        for (var i = pixel; i < red.Length; i++)
        {
            (red[i], green[i], blue[i]) = (r[i - pixel], g[i - pixel], b[i - pixel]);
        }
    }

    private static Vector<float> Rest(ReadOnlySpan<float> values)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        padded.Clear();
        values.CopyTo(padded);
        return new Vector<float>(padded);
    }
}
