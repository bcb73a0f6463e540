using Orchestrator.Pretraining.Backbones;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>
/// Floating-point operations of a step's matrix products, 2 · m · k · n each: what the method asks for, whatever the code does (Chowdhery et al. 2022, PaLM, appendix B).
/// So neither a forward pass that is made twice (ME-MAX, GradCache) counts, nor what is no product of tokens: positions of local views, softmax, norms, losses, optimizer.
/// </summary>
public static class ModelFlops
{
    /// <summary>Of the global batch: forward and backward pass of the student on all views, forward pass of the teacher on the whole-size ones.</summary>
    public static double OfStep(RunSpec spec)
    {
        var options = spec.Options;
        var shape = NetworkFactory.Shape(spec.Backbone);
        var (whole, local) = (ViewGroup.Global(spec), ViewGroup.Local(spec));
        var student = Student(options, shape, whole);
        var sample = whole.Count * (student.Forward + student.Backward + Teacher(options, shape, whole));
        if (local is not null)
        {
            var small = options.ReconstructsLocalViews ? Student(options, shape, local) : ClassLogits(options, shape, local);
            sample += local.Count * (small.Forward + small.Backward);
        }

        // Each query with each key of the other view, and back to the queries.
        var contrast = options.Contrastive is { } contrastive ? 2 * Product(spec.Batch.Size, contrastive.Dim, spec.Batch.Size) * 2 : 0;
        return (spec.Batch.Size * sample) + contrast;
    }

    private static Pass Student(MethodOptions options, BackboneShape shape, ViewGroup views)
    {
        if (options.Contrastive is { } contrastive)
        {
            var heads = Mlp(1, contrastive.ProjectorWidths(shape.Dim)) + Mlp(1, contrastive.PredictorWidths());
            return Backbone(shape, views.Grid, imageFeaturesOnly: true).With(heads);
        }

        var pass = Backbone(shape, views.Grid, imageFeaturesOnly: false).With(Clustering(options, shape, views.Grid.Count));
        return options.Reconstruction is { } reconstruction
            ? pass.With(
                Mlp(views.Grid.Count, [shape.Dim, .. reconstruction.Hidden ?? [shape.Dim, shape.Dim, shape.Dim], shape.PatchValues])
            )
            : pass;
    }

    /// <summary>Of a whole-size view; 0 without a teacher.</summary>
    private static double Teacher(MethodOptions options, BackboneShape shape, ViewGroup views)
    {
        if (options.Contrastive is { } contrastive)
        {
            return Backbone(shape, views.Grid, imageFeaturesOnly: true).Forward + Mlp(1, contrastive.ProjectorWidths(shape.Dim));
        }

        return options.Head is null
            ? 0
            : Backbone(shape, views.Grid, options.Tokens == ClusteringTokens.Class).Forward + Clustering(options, shape, views.Grid.Count);
    }

    private static Pass ClassLogits(MethodOptions options, BackboneShape shape, ViewGroup views) =>
        Backbone(shape, views.Grid, imageFeaturesOnly: true).With(Head(options.Head!, shape, 1, options.Prototypes!.Value));

    private static Pass Backbone(BackboneShape shape, GridSize grid, bool imageFeaturesOnly)
    {
        long tokens = grid.Count + shape.PrefixTokens;
        var all = Block(shape, tokens, tokens);
        var last = imageFeaturesOnly && shape.HasClassToken ? Block(shape, tokens, 1) : all;
        return new Pass(Product(grid.Count, shape.PatchValues, shape.Dim), ((shape.Depth - 1) * all) + last);
    }

    /// <param name="tokens">That are looked at.</param>
    /// <param name="queries">That look, and go on.</param>
    private static double Block(BackboneShape shape, long tokens, long queries) =>
        Product(tokens, shape.Dim, 3 * shape.Dim)
        // Scores and what they weigh, over all heads.
        + (2 * Product(queries, shape.Dim, tokens))
        + Mlp(queries, [shape.Dim, shape.Dim, shape.MlpRatio * shape.Dim, shape.Dim]);

    private static double Clustering(MethodOptions options, BackboneShape shape, int patches) =>
        options.Head is not { } head
            ? 0
            : (options.Tokens == ClusteringTokens.Patch ? 0 : Head(head, shape, 1, options.Prototypes!.Value))
                + (options.Tokens == ClusteringTokens.Class ? 0 : Head(head, shape, patches, options.PatchPrototypes!.Value));

    private static double Head(HeadOptions head, BackboneShape shape, int rows, int prototypes) =>
        Mlp(rows, [shape.Dim, head.Hidden, head.Hidden, head.Bottleneck, prototypes]);

    private static double Mlp(long rows, IReadOnlyList<int> widths) =>
        widths.Zip(widths.Skip(1), (from, to) => Product(rows, from, to)).Sum();

    private static double Product(double m, double k, double n) => 2 * m * k * n;

    /// <param name="Embedding">Patches to tokens.</param>
    /// <param name="Rest">All else.</param>
    private readonly record struct Pass(double Embedding, double Rest)
    {
        public double Forward => Embedding + Rest;

        /// <summary>A product each for the gradients of both factors; patches need none.</summary>
        public double Backward => Embedding + (2 * Rest);

        public Pass With(double heads) => this with { Rest = Rest + heads };
    }
}
