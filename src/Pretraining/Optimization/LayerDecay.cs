using System.Globalization;

namespace Orchestrator.Pretraining.Optimization;

/// <summary>Learning rates that fall from the head to the input, a factor a block (Clark et al. 2020; for vision transformers Bao et al. 2022).</summary>
public static class LayerDecay
{
    private const string Blocks = "backbone.blocks.";

    /// <summary>decay^(depth + 1 − layer): layer 0 has patches, positions and class token, layer i block i, and the final norm and the heads have a factor of 1.</summary>
    /// <param name="name">Of a parameter.</param>
    /// <param name="depth">Blocks.</param>
    /// <param name="decay">Above 0, at most 1.</param>
    public static double Scale(string name, int depth, double decay) => Math.Pow(decay, depth + 1 - Layer(name, depth));

    /// <summary>0 for patches, positions and class token, i + 1 for block i, from 0, and depth + 1 for the final norm and the heads.</summary>
    public static int Layer(string name, int depth) =>
        name.StartsWith(Blocks, StringComparison.Ordinal) ? Block(name) + 1
        : name.StartsWith("backbone.patch_embed.", StringComparison.Ordinal) || name is "backbone.cls_token" or "backbone.pos_embed" ? 0
        : depth + 1;

    private static int Block(string name)
    {
        var rest = name.AsSpan(Blocks.Length);
        return int.Parse(rest[..rest.IndexOf('.')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
