using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Backbones;

public sealed class WeightInitializerTests
{
    private static readonly BackboneShape Shape = new(28, 28, 1, 7, 64, 2, 2);

    [Fact]
    public void Truncated_normal_is_the_references()
    {
        var weights = Fill(Initialization.TruncatedNormal, 3);
        AssertGaussian(weights["backbone.pos_embed"], 0.02);
        AssertGaussian(weights["backbone.blocks.1.attn.qkv.weight"], 0.02);
        AssertGaussian(weights["reconstruction.mlp.0.weight"], 0.02);
        AssertGaussian(weights["clustering.mlp.2.weight"], 0.02);
        AssertUniform(weights["backbone.patch_embed.proj.weight"], 1 / Math.Sqrt(49));
        AssertUniform(weights["reconstruction.convTrans.weight"], 1 / Math.Sqrt(49));
        AssertUniform(weights["clustering.last_layer.weight_v"], 1 / Math.Sqrt(32));
        Assert.All(weights["reconstruction.mlp.0.bias"], v => Assert.Equal(0, v));
        AssertConstants(weights);
    }

    [Fact]
    public void Xavier_is_the_recipes()
    {
        var weights = Fill(Initialization.Xavier, 3);
        AssertGaussian(weights["backbone.pos_embed"], 0.02);
        AssertUniform(weights["backbone.blocks.0.mlp.fc1.weight"], Math.Sqrt(6.0 / (64 + 256)));
        AssertUniform(weights["clustering.mlp.0.weight"], Math.Sqrt(6.0 / (64 + 128)));
        AssertUniform(weights["reconstruction.mlp.2.weight"], 1 / Math.Sqrt(64));
        AssertUniform(weights["reconstruction.mlp.2.bias"], 1 / Math.Sqrt(64));
        AssertUniform(weights["backbone.patch_embed.proj.bias"], 1 / Math.Sqrt(49));
        AssertGaussian(weights["clustering.last_layer.weight_v"], 1);
        AssertConstants(weights);
    }

    [Fact]
    public void A_seed_gives_the_same_bits_again_and_another_seed_others()
    {
        var first = Fill(Initialization.Xavier, 3);
        Assert.Equal(first, Fill(Initialization.Xavier, 3));
        Assert.NotEqual(first["backbone.cls_token"], Fill(Initialization.Xavier, 4)["backbone.cls_token"]);
        // Equal shapes at other places have draws of their own.
        Assert.NotEqual(first["backbone.blocks.0.mlp.fc1.weight"], first["backbone.blocks.1.mlp.fc1.weight"]);
    }

    private static void AssertConstants(Dictionary<string, float[]> weights)
    {
        Assert.All(weights["backbone.blocks.0.norm1.weight"], v => Assert.Equal(1, v));
        Assert.All(weights["backbone.norm.bias"], v => Assert.Equal(0, v));
        Assert.All(weights["backbone.blocks.0.attn.qkv.bias"], v => Assert.Equal(0, v));
        Assert.All(weights["clustering.mlp.4.bias"], v => Assert.Equal(0, v));
        Assert.All(weights["clustering.last_layer.weight_g"], v => Assert.Equal(1, v));
    }

    /// <summary>Mean and deviation within 6 standard errors: fixed draws, so it holds once and for all.</summary>
    private static void AssertGaussian(float[] values, double sigma)
    {
        var mean = values.Average(v => (double)v);
        var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.InRange(mean, -6 * sigma / Math.Sqrt(values.Length), 6 * sigma / Math.Sqrt(values.Length));
        Assert.InRange(deviation / sigma, 1 - (6 / Math.Sqrt(2 * values.Length)), 1 + (6 / Math.Sqrt(2 * values.Length)));
        // A quarter of the mass lies within 0.3186 σ, unlike with a uniform of this deviation.
        Assert.InRange(
            values.Count(v => Math.Abs(v) < 0.3186 * sigma) / (double)values.Length,
            0.25 - (3 / Math.Sqrt(values.Length)),
            0.25 + (3 / Math.Sqrt(values.Length))
        );
    }

    private static void AssertUniform(float[] values, double bound)
    {
        Assert.All(values, v => Assert.InRange(v, -bound, bound));
        Assert.InRange(
            Math.Sqrt(values.Average(v => (double)v * v)) / bound * Math.Sqrt(3),
            1 - (3 / Math.Sqrt(values.Length)),
            1 + (3 / Math.Sqrt(values.Length))
        );
        Assert.True(values.Max() > bound * (1 - (12.0 / values.Length)) && values.Min() < -bound * (1 - (12.0 / values.Length)));
    }

    private static Dictionary<string, float[]> Fill(Initialization initialization, ulong seed)
    {
        using var network = new Network();
        var layout = ParameterLayout.Of(network);
        var flat = new float[layout.TotalLength];
        WeightInitializer.Fill(layout, seed, initialization, s => flat.AsSpan(s.Offset, s.Length));
        return layout.Segments.ToDictionary(s => s.Name, s => flat[s.Offset..(s.Offset + s.Length)], StringComparer.Ordinal);
    }

    private sealed class Network : nn.Module
    {
        private readonly VisionTransformer backbone = new(Shape);
        private readonly ReconstructionHead reconstruction = new(Shape, [64, 64, 64]);
        private readonly ClusteringHead clustering = new(64, new HeadOptions(128, 32, NormalizePrototypes: true), 256, null);

        public Network()
            : base(nameof(Network))
        {
            // Registration reads the fields.
            _ = (backbone, reconstruction, clustering);
            RegisterComponents();
        }
    }
}
