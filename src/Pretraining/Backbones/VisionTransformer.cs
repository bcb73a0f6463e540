using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// A pre-norm vision transformer (Dosovitskiy et al. 2021) with timm's parameter names: exact GELU, bias in qkv, LayerNorm eps 1e-6. Its
/// input is patches, <c>[b, N, C·p²]</c> in (channel, row, column) order, so that the patch embedding is a matrix product.
/// </summary>
public sealed class VisionTransformer : nn.Module
{
    private const double NormEpsilon = 1e-6;
    private readonly Parameter? cls_token;
    private readonly Parameter pos_embed;
    private readonly PatchEmbedding patch_embed;
    private readonly ModuleList<TransformerBlock> blocks;
    private readonly LayerNorm norm;
    private readonly GridSize? otherGrid;

    // A buffer of the module: [N of the other grid, N].
    private readonly Tensor? interpolation;

    /// <summary>A network of zeros (LayerNorms and Linears at PyTorch's defaults): whoever trains it writes the weights.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="otherGrid">Patches of another size of views that it is to read too; null: none.</param>
    /// <param name="positions">How the positions of those are found.</param>
    /// <param name="precision">Of the matrix products; weights, norms and outputs are float32 in any.</param>
    /// <exception cref="ArgumentException">The patch does not divide the input, or the heads do not divide the dimension.</exception>
    public VisionTransformer(
        BackboneShape shape,
        Precision precision = Precision.Fp32,
        GridSize? otherGrid = null,
        PositionRule positions = PositionRule.Scale
    )
        : base(nameof(VisionTransformer))
    {
        if (shape.Height % shape.Patch != 0 || shape.Width % shape.Patch != 0 || shape.Dim % shape.Heads != 0)
        {
            throw new ArgumentException($"The patch must divide both sides, and the heads the dimension: {shape}.", nameof(shape));
        }

        Shape = shape;
        cls_token = shape.HasClassToken ? Parameter(zeros(1, 1, shape.Dim)) : null;
        pos_embed = Parameter(zeros(1, shape.PrefixTokens + shape.Patches, shape.Dim));
        patch_embed = new PatchEmbedding(shape, precision);
        blocks = [.. Enumerable.Range(0, shape.Depth).Select(_ => new TransformerBlock(shape, precision))];
        norm = LayerNorm(shape.Dim, eps: NormEpsilon);
        this.otherGrid = otherGrid;
        interpolation = otherGrid is { } grid
            ? AlignedTensor
                .Of(PositionInterpolation.Matrix(shape.Grid, grid, positions), grid.Count, shape.Patches)
                .DetachFromDisposeScope()
            : null;
        RegisterComponents();
    }

    public BackboneShape Shape { get; }

    /// <summary>Tokens of a batch of patches; the caller's scope disposes them.</summary>
    /// <param name="patches"><c>[b, N, C·p²]</c> float32.</param>
    /// <param name="pass">What is wanted.</param>
    /// <exception cref="ArgumentException">A block or the drop-path scales do not fit the depth, or the grid is not one that it was built for.</exception>
    public BackboneOutput Forward(Tensor patches, BackbonePass pass)
    {
        if (
            pass.Blocks.Any(block => block < 1 || block > blocks.Count)
            || (pass.DropPath is { } scales && scales.Length != 2 * blocks.Count)
        )
        {
            throw new ArgumentException(
                $"Blocks [{string.Join(", ", pass.Blocks)}] and {pass.DropPath?.Length ?? 0} drop-path scales do not fit a depth of {blocks.Count}.",
                nameof(pass)
            );
        }

        var embedded = patch_embed.Forward(patches);
        var tokens = (cls_token is null ? embedded : cat([cls_token.expand(embedded.shape[0], -1, -1), embedded], 1)).Plus(
            Positions(pass.Grid)
        );
        tokens = pass.Front?.Mark(tokens, 0) ?? tokens;
        var wanted = new Tensor[pass.Blocks.Count];
        for (var i = 0; i < blocks.Count; i++)
        {
            var classTokenOnly = Shape.HasClassToken && pass.ImageFeaturesOnly && i == blocks.Count - 1;
            tokens = blocks[i].Forward(tokens, pass.DropPath?[2 * i], pass.DropPath?[(2 * i) + 1], classTokenOnly);
            tokens = pass.Front?.Mark(tokens, i + 1) ?? tokens;
            for (var w = 0; w < wanted.Length; w++)
            {
                if (pass.Blocks[w] == i + 1)
                {
                    wanted[w] = tokens;
                }
            }
        }

        return new BackboneOutput(tokens, wanted);
    }

    /// <summary>The final LayerNorm, over the last dimension.</summary>
    public Tensor Normalize(Tensor tokens) => norm.forward(tokens);

    /// <summary>The patch tokens of an output, <c>[b, N, D]</c>.</summary>
    public Tensor PatchTokens(Tensor tokens) => Shape.HasClassToken ? tokens.narrow(1, 1, tokens.shape[1] - 1) : tokens;

    /// <summary>What stands for a whole view, <c>[b, D]</c>: the class token after the final norm, or without one the mean of the normed patch tokens.</summary>
    public Tensor ImageFeatures(Tensor tokens) => Shape.HasClassToken ? Normalize(tokens.select(1, 0)) : Normalize(tokens).mean([1]);

    private Tensor Positions(GridSize? grid)
    {
        if (grid is not { } other || other == Shape.Grid)
        {
            return pos_embed;
        }

        if (other != otherGrid)
        {
            throw new ArgumentException($"No positions for {other}: the network was built for {Shape.Grid} and {otherGrid}.", nameof(grid));
        }

        var prefix = Shape.PrefixTokens;
        var moved = matmul(interpolation!, pos_embed.select(0, 0).narrow(0, prefix, Shape.Patches)).unsqueeze(0);
        return prefix == 0 ? moved : cat([pos_embed.narrow(1, 0, prefix), moved], 1);
    }
}
