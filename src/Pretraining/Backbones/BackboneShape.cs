namespace Orchestrator.Pretraining.Backbones;

/// <summary>Sizes of a vision transformer and of the input it is built for. Sides in pixels; the grid need not be square.</summary>
public sealed record BackboneShape(int Height, int Width, int Channels, int Patch, int Dim, int Depth, int Heads, int MlpRatio = 4)
{
    public int GridHeight => Height / Patch;

    public int GridWidth => Width / Patch;

    /// <summary>N, without the class token.</summary>
    public int Patches => GridHeight * GridWidth;

    /// <summary>Values of a patch: C·p².</summary>
    public int PatchValues => Channels * Patch * Patch;
}
