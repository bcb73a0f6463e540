namespace Orchestrator.Pretraining.Data;

/// <summary>Height and width in pixels, and the number of channels (1: gray, 3: red, green, blue).</summary>
public sealed record ImageSize(int Height, int Width, int Channels)
{
    /// <summary>Height × width.</summary>
    public int Area => Height * Width;

    /// <summary>Channels × height × width: values of one image.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>As messages write it: <c>28 × 28 × 1</c>.</summary>
    public override string ToString() => $"{Height} × {Width} × {Channels}";
}
