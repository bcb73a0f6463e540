using Orchestrator.Shared.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>x + attention(norm1(x)), then x + mlp(norm2(x)); each branch may be scaled by a drop-path factor a sample. Tokens and norms are float32 in any precision.</summary>
internal sealed class TransformerBlock : nn.Module
{
    private const double NormEpsilon = 1e-6;
    private readonly LayerNorm norm1;
    private readonly Attention attn;
    private readonly LayerNorm norm2;
    private readonly Mlp mlp;

    public TransformerBlock(BackboneShape shape, Precision precision)
        : base(nameof(TransformerBlock))
    {
        norm1 = LayerNorm(shape.Dim, eps: NormEpsilon);
        attn = new Attention(shape.Dim, shape.Heads, precision);
        norm2 = LayerNorm(shape.Dim, eps: NormEpsilon);
        mlp = new Mlp(shape.Dim, shape.Dim * shape.MlpRatio, precision);
        RegisterComponents();
    }

    public Tensor Forward(Tensor tokens, Tensor? attentionScale, Tensor? mlpScale, bool classTokenOnly)
    {
        var attended = attn.Forward(norm1.forward(tokens), classTokenOnly);
        var residual = classTokenOnly ? tokens.narrow(1, 0, 1) : tokens;
        tokens = residual.Plus(attentionScale is null ? attended : attended * attentionScale);
        var expanded = mlp.Forward(norm2.forward(tokens));
        return tokens.Plus(mlpScale is null ? expanded : expanded * mlpScale);
    }
}

/// <summary>Multi-head self-attention; with one query, the class token's, where nothing else is read.</summary>
internal sealed class Attention : nn.Module
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly int heads;
    private readonly MatrixProduct product;
    private readonly AttentionProduct attention;

    public Attention(int dim, int heads, Precision precision)
        : base(nameof(Attention))
    {
        this.heads = heads;
        product = new MatrixProduct(precision);
        attention = new AttentionProduct(precision, dim / heads);
        qkv = Linear(dim, 3 * dim);
        proj = Linear(dim, dim);
        RegisterComponents();
    }

    public Tensor Forward(Tensor tokens, bool classTokenOnly)
    {
        var (batch, count, dim) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        var (query, key, value) = attention.Split(product.Linear(tokens, qkv).view(batch, count, 3, heads, dim / heads));
        if (classTokenOnly)
        {
            query = query.narrow(2, 0, 1);
            count = 1;
        }

        var attended = attention.Attend(query, key, value);
        return product.Widen(product.Linear(attended.transpose(1, 2).reshape(batch, count, dim), proj));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            attention.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Linear, exact GELU, Linear.</summary>
internal sealed class Mlp : nn.Module
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly MatrixProduct product;

    public Mlp(int dim, int hidden, Precision precision)
        : base(nameof(Mlp))
    {
        product = new MatrixProduct(precision);
        fc1 = Linear(dim, hidden);
        fc2 = Linear(hidden, dim);
        RegisterComponents();
    }

    public Tensor Forward(Tensor tokens) => product.Widen(product.Linear(functional.gelu(product.Linear(tokens, fc1)), fc2));
}
