using Orchestrator.Pretraining.Data.Images;

namespace Orchestrator.Pretraining.Views;

/// <summary>Working memory of one thread that renders views. It grows to the largest image seen, and rendering then allocates nothing.</summary>
public sealed class ViewScratch
{
    private float[] source = [];
    private float[] row = [];
    private float[] plane = [];
    private float[] kernel = [];
    private float[] columns = [];
    private float[] outputs = [];

    internal ResizeTaps Vertical { get; } = new();

    internal ResizeTaps Horizontal { get; } = new();

    /// <summary>Where files are decoded to.</summary>
    internal DecodeBuffer Decoding { get; } = new();

    /// <summary>One channel of the crop.</summary>
    internal Span<float> Source(int length) => Grown(ref source, length);

    /// <summary>Sixteen rows of the crop or of the view, or one that is padded for a blur.</summary>
    internal Span<float> Row(int length) => Grown(ref row, length);

    /// <summary>Sixteen rows of the crop, column by column.</summary>
    internal Span<float> Columns(int length) => Grown(ref columns, length);

    /// <summary>Sixteen rows of the view, column by column.</summary>
    internal Span<float> Outputs(int length) => Grown(ref outputs, length);

    /// <summary>One channel of the view.</summary>
    internal Span<float> Plane(int length) => Grown(ref plane, length);

    /// <summary>Weights of a blur.</summary>
    internal Span<float> Kernel(int length) => Grown(ref kernel, length);

    private static Span<float> Grown(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new float[length];
        }

        return buffer.AsSpan(0, length);
    }
}
