using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>Height and width in pixels, and the number of channels (1: gray, 3: red, green, blue).</summary>
public sealed record ImageSize(int Height, int Width, int Channels)
{
    /// <summary>The size of the views that a backbone is built for.</summary>
    public static ImageSize Of(BackboneSpec backbone) => new(backbone.Height, backbone.Width, backbone.Channels);

    /// <summary>Height × width.</summary>
    public int Area => Height * Width;

    /// <summary>Channels × height × width: values of one image.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>As messages write it: <c>28 × 28 × 1</c>.</summary>
    public override string ToString() => $"{Height} × {Width} × {Channels}";
}
