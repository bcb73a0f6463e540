using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Methods;

/// <summary>Operations of a step's products, against sums made by hand and against the weights of real networks.</summary>
public sealed class ModelFlopsTests
{
    // ViT-S by 16 at 224: 196 patches of 768 values, 197 tokens of 384, 12 blocks.
    private const double Embedding = 2.0 * 196 * 768 * 384;
    private const double BlockWeights = 2.0 * 197 * 12 * 384 * 384;
    private const double Attention = 2 * 2.0 * 197 * 197 * 384;
    private const double Blocks = 12 * (BlockWeights + Attention);

    // qkv and keys of all tokens, then the class token alone.
    private const double LastBlockOfClassToken =
        (2.0 * 197 * 3 * 384 * 384) + (2 * 2.0 * 197 * 384) + (2.0 * 384 * 384) + (2.0 * 2 * 4 * 384 * 384);
    private const double BlocksOfClassToken = (11 * (BlockWeights + Attention)) + LastBlockOfClassToken;
    private const double Reconstruction = (3 * 2.0 * 196 * 384 * 384) + (2.0 * 196 * 384 * 768);

    [Fact]
    public void Vit_small_takes_4_6_billion_products_forward() => Assert.Equal(9_196_996_608, Embedding + Blocks);

    [Fact]
    public void Gmml_goes_forward_and_twice_that_backward_but_for_the_patches() =>
        Assert.Equal(64 * (Step(Blocks + Reconstruction)), OfStep("gmml", "views: 1"), 1);

    [Fact]
    public void Clustering_adds_a_teacher_that_makes_class_tokens_alone()
    {
        const double head = 2.0 * ((384 * 512) + (512 * 512) + (512 * 64) + (64 * 1024));
        var teacher = Embedding + BlocksOfClassToken + head;
        Assert.Equal(
            64 * 2 * (Step(Blocks + Reconstruction + head) + teacher),
            OfStep("mim-clustering", "prototypes: 1024, tokens: class, head: { hidden: 512, bottleneck: 64 }"),
            1
        );
    }

    [Fact]
    public void Patch_tokens_go_through_the_head_too()
    {
        const double mlp = 2.0 * ((384 * 512) + (512 * 512) + (512 * 64));
        const double heads = (197 * mlp) + (2.0 * 64 * 1024) + (196 * 2.0 * 64 * 256);
        Assert.Equal(
            64 * 2 * (Step(Blocks + Reconstruction + heads) + Embedding + Blocks + heads),
            OfStep("mim-clustering", "prototypes: 1024, patchPrototypes: 256, tokens: both, head: { hidden: 512, bottleneck: 64 }"),
            1
        );
    }

    [Fact]
    public void Local_views_are_compared_by_their_class_tokens()
    {
        const double head = 2.0 * ((384 * 512) + (512 * 512) + (512 * 64) + (64 * 1024));
        // 6 by 6 patches.
        const double embedding = 2.0 * 36 * 768 * 384;
        const double block = (2.0 * 37 * 12 * 384 * 384) + (2 * 2.0 * 37 * 37 * 384);
        const double last = (2.0 * 37 * 3 * 384 * 384) + (2 * 2.0 * 37 * 384) + (2.0 * 384 * 384) + (2.0 * 2 * 4 * 384 * 384);
        const string options = "prototypes: 1024, tokens: class, head: { hidden: 512, bottleneck: 64 }";
        Assert.Equal(
            OfStep("clustering", options) + (64 * 8 * ((2 * embedding) + (3 * ((11 * block) + last + head)))),
            OfStep("clustering", options + ", localViews: { count: 8, image: 96 }"),
            1
        );
    }

    [Fact]
    public void Contrasts_are_of_all_queries_with_all_keys()
    {
        const double projector = 2.0 * ((384 * 512) + (512 * 512) + (512 * 128));
        const double predictor = 2.0 * ((128 * 512) + (512 * 128));
        Assert.Equal(
            (64 * 2 * (Step(BlocksOfClassToken + projector + predictor) + Embedding + BlocksOfClassToken + projector))
                + (2 * 2 * 2.0 * 64 * 64 * 128),
            OfStep("contrastive", "contrastive: { hidden: 512, dim: 128 }"),
            1
        );
    }

    /// <summary>A weight that a network has and the count lacks shows here.</summary>
    [Theory]
    [InlineData("gmml", "views: 1")]
    [InlineData("clustering", "tokens: patch, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }")]
    [InlineData("asit", "spectrogram: { seconds: 0.175 }, prototypes: 32, patchPrototypes: 16, head: { hidden: 32, bottleneck: 16 }")]
    [InlineData("contrastive", "contrastive: { hidden: 512, dim: 128 }")]
    public void Every_weight_of_a_network_is_counted(string method, string options)
    {
        // A patch and a token alike: each weight is used by as many rows as the other, attention apart.
        var spec = Spec(method, options, "mean", image: 16);
        using var network = NetworkFactory.Create(spec);
        var weights = network
            .named_parameters()
            .Where(p => p.parameter.dim() > 1 && !p.name.EndsWith("pos_embed", StringComparison.Ordinal))
            .Where(p => !p.name.EndsWith("weight_g", StringComparison.Ordinal))
            .Sum(p =>
                p.parameter.numel()
                * (p.name.Contains("embed", StringComparison.Ordinal) ? 2 : 3)
                * (method == "asit" && p.name.StartsWith("clustering.mlp", StringComparison.Ordinal) ? 2 : 1)
            );
        var attention = 3 * 12 * 2 * 2.0 * 384;
        var teacher = Teacher(spec, network, method);
        var rows = spec.Batch.Size * spec.Options.Views;
        var contrast = method == "contrastive" ? 2 * 2 * 2.0 * 64 * 64 * 128 : 0;
        Assert.Equal((rows * ((2.0 * weights) + attention + teacher)) + contrast, ModelFlops.OfStep(spec), 1);
    }

    [Fact]
    public void Utilization_is_a_ranks_part_of_the_products_by_time_and_by_what_it_can_do()
    {
        var utilization = new Utilization(StepFlops: 100e9, ProductFlops: 80e9, Shards: 8);
        Assert.Equal(0.625, utilization.Of(seconds: 2, ownShards: 8));
        Assert.Equal(0.3125, utilization.Of(seconds: 2, ownShards: 4));
        Assert.Equal(0, utilization.Of(seconds: 0, ownShards: 8));
    }

    private static double Teacher(RunSpec spec, PretrainingNetwork network, string method)
    {
        if (method == "gmml")
        {
            return 0;
        }

        var weights = network
            .named_parameters()
            .Where(p => p.parameter.dim() > 1 && !p.name.EndsWith("pos_embed", StringComparison.Ordinal))
            .Where(p => !p.name.EndsWith("weight_g", StringComparison.Ordinal))
            .Where(p => !p.name.StartsWith("reconstruction", StringComparison.Ordinal))
            .Where(p => !p.name.StartsWith("predictor", StringComparison.Ordinal))
            .Sum(p => p.parameter.numel() * (method == "asit" && p.name.StartsWith("clustering.mlp", StringComparison.Ordinal) ? 2 : 1));
        return (2.0 * weights) + (spec.Backbone.Custom.Depth * 2 * 2.0 * spec.Backbone.Custom.Dim);
    }

    /// <summary>Forward and backward of a view: the embedding twice, the rest three times.</summary>
    private static double Step(double rest) => (2 * Embedding) + (3 * rest);

    private static double OfStep(string method, string options) => ModelFlops.OfStep(Spec(method, options, "class", image: 224));

    private static RunSpec Spec(string method, string options, string pooling, int image)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: {{method}}
            data: { {{(method == "asit" ? "audio" : "images")}}: none }
            budget: { steps: 10 }
            batch: { size: 64, shards: 4 }
            backbone: { custom: { patch: 16, dim: 384, depth: 12, heads: 6 }, image: {{(
                method == "asit" ? $"[{image}, {image}]" : $"{image}"
            )}}, pooling: {{pooling}} }
            options: { {{options}} }
            """
        );
        return result.Spec ?? throw new InvalidDataException(string.Join("; ", result.Errors));
    }
}
