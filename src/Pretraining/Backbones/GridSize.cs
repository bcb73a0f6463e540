namespace Orchestrator.Pretraining.Backbones;

/// <summary>Patches of a view: rows and columns.</summary>
public readonly record struct GridSize(int Height, int Width)
{
    /// <summary>Patches.</summary>
    public int Count => Height * Width;
}
