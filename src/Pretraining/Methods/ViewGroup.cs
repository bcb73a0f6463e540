using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>The views of one size that every sample of a run has: the whole-size (global) ones, or the small (local) ones of multi-crop.</summary>
/// <param name="Count">Of each sample.</param>
/// <param name="First">Number of the first one: numbers go through global and then local views.</param>
/// <param name="Size">Of a view.</param>
/// <param name="Patch">Side of a patch, pixels.</param>
/// <param name="IsCorrupted">The student sees them corrupted.</param>
public sealed record ViewGroup(int Count, int First, ImageSize Size, int Patch, bool IsCorrupted)
{
    public bool IsLocal => First > 0;

    /// <summary>Patches of a view.</summary>
    public GridSize Grid => new(Size.Height / Patch, Size.Width / Patch);

    /// <summary>Values of a patch: C·p².</summary>
    public int PatchValues => Size.Channels * Patch * Patch;

    /// <summary>Bytes that a sample's views take in <see cref="ShardViews"/>: clean, and where they are corrupted that and the mask.</summary>
    public long BytesPerSample => (IsCorrupted ? 3L : 1L) * sizeof(float) * Count * Size.Length;

    /// <summary>The whole-size views of a spec.</summary>
    public static ViewGroup Global(RunSpec spec) =>
        new(spec.Options.Views, 0, ImageSize.Of(spec.Backbone), spec.Backbone.Custom.Patch, spec.Options.Corruption is not null);

    /// <summary>The local views of a spec; null without.</summary>
    public static ViewGroup? Local(RunSpec spec) =>
        spec.Options.LocalViews is { } locals
            ? new ViewGroup(
                locals.Count,
                spec.Options.Views,
                new ImageSize(locals.Height, locals.Width, spec.Backbone.Channels),
                spec.Backbone.Custom.Patch,
                spec.Options.ReconstructsLocalViews
            )
            : null;
}
