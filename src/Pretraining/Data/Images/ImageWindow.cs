namespace Orchestrator.Pretraining.Data.Images;

/// <summary>A rectangle of an image, in pixels: what is decoded of it.</summary>
public readonly record struct ImageWindow(int Top, int Left, int Height, int Width)
{
    /// <summary>Height × width.</summary>
    public int Area => Height * Width;

    /// <summary>First row below it.</summary>
    public int Bottom => Top + Height;

    /// <summary>First column to the right of it.</summary>
    public int Right => Left + Width;

    /// <summary>All of an image.</summary>
    public static ImageWindow Whole(ImageSize size) => new(0, 0, size.Height, size.Width);

    /// <summary>The smallest window that holds both.</summary>
    public ImageWindow Union(ImageWindow other)
    {
        var (top, left) = (Math.Min(Top, other.Top), Math.Min(Left, other.Left));
        return new ImageWindow(top, left, Math.Max(Bottom, other.Bottom) - top, Math.Max(Right, other.Right) - left);
    }

    /// <summary>Whether another lies in it.</summary>
    public bool Contains(ImageWindow other) => other.Top >= Top && other.Left >= Left && other.Bottom <= Bottom && other.Right <= Right;

    /// <summary>The pixels of the reduced image that it touches.</summary>
    /// <param name="eighths">Of the sides, 1–8.</param>
    public ImageWindow Reduced(int eighths)
    {
        var (top, left) = (Top * eighths / ImageReduction.None, Left * eighths / ImageReduction.None);
        return new ImageWindow(top, left, ImageReduction.Side(Bottom, eighths) - top, ImageReduction.Side(Right, eighths) - left);
    }
}
