using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>Fills a span of a parameter's floats.</summary>
public delegate Span<float> SegmentFloats(ParameterSegment segment);

/// <summary>
/// Initial weights by counted draws: a parameter's stream is keyed by its index in the layout, so a weight depends on the seed and its place
/// alone. LayerNorm 1 and 0, biases 0 unless PyTorch's default applies.
/// </summary>
public static class WeightInitializer
{
    private const float Sigma = 0.02f;

    /// <summary>Writes every segment.</summary>
    public static void Fill(ParameterLayout layout, ulong seed, Initialization initialization, SegmentFloats floats)
    {
        for (var index = 0; index < layout.Segments.Count; index++)
        {
            var segment = layout.Segments[index];
            Fill(segment, layout, initialization, new PhiloxStream(seed, DrawPurpose.InitialWeights, 0, index), floats(segment));
        }
    }

    private static void Fill(
        ParameterSegment segment,
        ParameterLayout layout,
        Initialization initialization,
        PhiloxStream stream,
        Span<float> values
    )
    {
        var name = segment.Name;
        var xavier = initialization == Initialization.Xavier;
        if (
            name.EndsWith("weight_g", StringComparison.Ordinal)
            || (segment.Shape.Length == 1 && name.EndsWith(".weight", StringComparison.Ordinal))
        )
        {
            values.Fill(1);
        }
        else if (name.EndsWith("cls_token", StringComparison.Ordinal) || name.EndsWith("pos_embed", StringComparison.Ordinal))
        {
            TruncatedNormal(ref stream, values);
        }
        else if (name.EndsWith("weight_v", StringComparison.Ordinal))
        {
            Prototypes(ref stream, segment, xavier, values);
        }
        else if (UsesTorchDefault(name, xavier))
        {
            Uniform(ref stream, 1 / Math.Sqrt(FanIn(segment, layout)), values);
        }
        else if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            values.Clear();
        }
        else if (xavier)
        {
            Uniform(ref stream, Math.Sqrt(6.0 / (segment.Shape[0] + segment.Shape[1])), values);
        }
        else
        {
            TruncatedNormal(ref stream, values);
        }
    }

    /// <summary>As the reference: the patch embedding and transposed convolutions and MoCo-v3's heads keep PyTorch's default; with <c>xavier</c> the whole reconstruction head does.</summary>
    private static bool UsesTorchDefault(string name, bool xavier) =>
        name.Contains("patch_embed.", StringComparison.Ordinal)
        || name.Contains("convTrans.", StringComparison.Ordinal)
        || name.StartsWith("projector.", StringComparison.Ordinal)
        || name.StartsWith("predictor.", StringComparison.Ordinal)
        || (xavier && name.StartsWith("reconstruction.", StringComparison.Ordinal));

    /// <summary>PyTorch's fan-in: the product of a weight's sides after the first; a bias takes its weight's.</summary>
    private static double FanIn(ParameterSegment segment, ParameterLayout layout)
    {
        var weight = segment.Name.EndsWith(".bias", StringComparison.Ordinal)
            ? layout.Segments.Single(s => s.Name == segment.Name[..^".bias".Length] + ".weight")
            : segment;
        return weight.Shape.Skip(1).Aggregate(1.0, (product, side) => product * side);
    }

    private static void Prototypes(ref PhiloxStream stream, ParameterSegment segment, bool directions, Span<float> values)
    {
        if (directions)
        {
            // Only the direction of a weight-normed row counts.
            stream.FillGaussian(values);
            return;
        }

        Uniform(ref stream, 1 / Math.Sqrt(segment.Shape[1]), values);
    }

    private static void Uniform(ref PhiloxStream stream, double bound, Span<float> values)
    {
        foreach (ref var value in values)
        {
            value = (float)((2 * stream.NextDouble() - 1) * bound);
        }
    }

    /// <summary>σ = 0.02; the reference cuts at ±2 in units of the value, a hundred σ away: never reached.</summary>
    private static void TruncatedNormal(ref PhiloxStream stream, Span<float> values)
    {
        foreach (ref var value in values)
        {
            value = Sigma * stream.NextGaussian();
        }
    }
}
