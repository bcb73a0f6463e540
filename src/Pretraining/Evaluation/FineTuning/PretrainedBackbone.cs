using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>A pretrained backbone's weights in another network's place; positions of another size are interpolated.</summary>
internal static class PretrainedBackbone
{
    private const string Prefix = "backbone.";
    private const string Positions = "backbone.pos_embed";

    /// <param name="pretrained">Weights with all that a method trained.</param>
    /// <param name="from">Of them.</param>
    /// <param name="destination">Whose backbone is overwritten; other heads stay as they are.</param>
    /// <param name="to">Of it: the same network for views of any size.</param>
    public static void Copy(FlatTensor pretrained, BackboneSpec from, FlatTensor destination, BackboneSpec to)
    {
        var known = pretrained.Layout.Segments.ToDictionary(segment => segment.Name, StringComparer.Ordinal);
        foreach (var segment in destination.Layout.Segments.Where(s => s.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var source = pretrained[known[segment.Name]];
            if (segment.Name == Positions && !from.Image.SequenceEqual(to.Image))
            {
                Interpolate(source, from, destination[segment], to);
            }
            else
            {
                source.CopyTo(destination[segment]);
            }
        }
    }

    private static void Interpolate(ReadOnlySpan<float> source, BackboneSpec from, Span<float> destination, BackboneSpec to)
    {
        var dim = from.Custom.Dim;
        var shape = NetworkFactory.Shape(from);
        var (small, large) = (shape.Grid, NetworkFactory.Shape(to).Grid);
        var prefix = shape.PrefixTokens * dim;
        source[..prefix].CopyTo(destination);
        var matrix = PositionInterpolation.Matrix(small, large, from.Positions);
        for (var row = 0; row < large.Count; row++)
        {
            for (var d = 0; d < dim; d++)
            {
                var sum = 0.0;
                for (var column = 0; column < small.Count; column++)
                {
                    sum += matrix[(row * small.Count) + column] * source[prefix + (column * dim) + d];
                }

                destination[prefix + (row * dim) + d] = (float)sum;
            }
        }
    }
}
