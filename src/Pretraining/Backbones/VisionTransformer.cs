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
    private readonly Parameter cls_token;
    private readonly Parameter pos_embed;
    private readonly PatchEmbedding patch_embed;
    private readonly ModuleList<TransformerBlock> blocks;
    private readonly LayerNorm norm;

    public VisionTransformer(BackboneShape shape)
        : base(nameof(VisionTransformer))
    {
        Shape = shape;
        cls_token = Parameter(zeros(1, 1, shape.Dim));
        pos_embed = Parameter(zeros(1, 1 + shape.Patches, shape.Dim));
        patch_embed = new PatchEmbedding(shape);
        blocks = [.. Enumerable.Range(0, shape.Depth).Select(_ => new TransformerBlock(shape))];
        norm = LayerNorm(shape.Dim, eps: NormEpsilon);
        RegisterComponents();
    }

    public BackboneShape Shape { get; }

    /// <summary>Tokens of a batch of patches; the caller's scope disposes them.</summary>
    public BackboneOutput Forward(Tensor patches, BackbonePass pass)
    {
        var embedded = patch_embed.Forward(patches);
        var tokens = cat([cls_token.expand(embedded.shape[0], -1, -1), embedded], 1) + pos_embed;
        var wanted = new Tensor[pass.Blocks.Count];
        for (var i = 0; i < blocks.Count; i++)
        {
            var classTokenOnly = pass.ClassTokenOnlyInLastBlock && i == blocks.Count - 1;
            tokens = blocks[i].Forward(tokens, pass.DropPath?[2 * i], pass.DropPath?[(2 * i) + 1], classTokenOnly);
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
}
