namespace Orchestrator.Pretraining.Backbones;

/// <summary>Sizes of a vision transformer and of the input it is built for. Sides in pixels; the grid need not be square.</summary>
public sealed record BackboneShape(int Height, int Width, int Channels, int Patch, int Dim, int Depth, int Heads, int MlpRatio = 4)
{
    /// <summary>Whether a class token stands before the patch tokens; without one, their mean stands for the view.</summary>
    public bool HasClassToken { get; init; } = true;

    /// <summary>Tokens before the patch tokens: 1 or 0.</summary>
    public int PrefixTokens => HasClassToken ? 1 : 0;

    public GridSize Grid => new(GridHeight, GridWidth);

    public int GridHeight => Height / Patch;

    public int GridWidth => Width / Patch;

    /// <summary>N, without the class token.</summary>
    public int Patches => GridHeight * GridWidth;

    /// <summary>Values of a patch: C·p².</summary>
    public int PatchValues => Channels * Patch * Patch;
}
