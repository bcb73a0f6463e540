using System.Text.Json;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Backbones;

public sealed class VisionTransformerTests
{
    private static readonly BackboneShape Image = new(32, 32, 3, 8, 48, 4, 3);
    private static readonly BackboneShape Audio = new(48, 16, 1, 8, 48, 4, 3);

    public static TheoryData<string, BackboneShape> Files => new() { { "vit_image", Image }, { "vit_audio", Audio } };

    [Theory]
    [MemberData(nameof(Files))]
    public void Outputs_and_gradients_are_the_references(string name, BackboneShape shape)
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open(name);
        var network = Loaded(file, shape);
        var patches = ImagePatches.Of(file.Floats("input"), shape).requires_grad_();
        var output = network.Forward(patches, new BackbonePass { Blocks = [1, 2, 3, 4] });
        for (var block = 0; block < shape.Depth; block++)
        {
            file.AssertClose($"block.{block}", output.Blocks[block].Values());
        }

        var normed = network.Normalize(output.Tokens);
        file.AssertClose("output", normed.Values());
        var loss = (normed * tensor(file.Floats("loss_weight")).view(normed.shape)).mean();
        file.AssertClose("loss", loss.Values());
        loss.backward();
        network.AssertGradients(file, "grad.");
        file.AssertClose("grad_input", ImagePatches.ToImages(patches.grad!, shape));
    }

    [Fact]
    public void Names_and_their_order_are_timms()
    {
        using var network = new VisionTransformer(new BackboneShape(8, 8, 1, 4, 8, 2, 2));
        string[] block =
        [
            "norm1.weight",
            "norm1.bias",
            "attn.qkv.weight",
            "attn.qkv.bias",
            "attn.proj.weight",
            "attn.proj.bias",
            "norm2.weight",
            "norm2.bias",
            "mlp.fc1.weight",
            "mlp.fc1.bias",
            "mlp.fc2.weight",
            "mlp.fc2.bias",
        ];
        // The order is part of the bits: initial weights are drawn by a parameter's index.
        Assert.Equal(
            [
                "cls_token",
                "pos_embed",
                "patch_embed.proj.weight",
                "patch_embed.proj.bias",
                .. block.Select(n => "blocks.0." + n),
                .. block.Select(n => "blocks.1." + n),
                "norm.weight",
                "norm.bias",
            ],
            network.named_parameters().Select(p => p.name)
        );
    }

    [Fact]
    public void The_class_token_alone_is_the_full_pass_within_rounding()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("vit_image");
        var network = Loaded(file, Image);
        var patches = ImagePatches.Of(file.Floats("input"), Image);
        var full = network.Forward(patches, new BackbonePass()).Tokens.narrow(1, 0, 1);
        var alone = network.Forward(patches, new BackbonePass { ImageFeaturesOnly = true }).Tokens;
        Assert.Equal([2, 1, 48], alone.shape);
        Assert.True((full - alone).abs().max().item<float>() < 2e-5f * full.abs().max().item<float>());
    }

    [Fact]
    public void Parameters_set_onto_a_flat_buffer_are_the_ones_that_forward_reads_and_backward_fills()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("vit_image");
        var network = Loaded(file, Image);
        var patches = ImagePatches.Of(file.Floats("input"), Image);
        var before = network.Forward(patches, new BackbonePass()).Tokens.Values();
        var layout = ParameterLayout.Of(network);
        var (weights, gradients) = (zeros(layout.TotalLength), zeros(layout.TotalLength));
        using (no_grad())
        {
            foreach (var (segment, parameter) in layout.Segments.Zip(network.parameters()))
            {
                var view = weights.narrow(0, segment.Offset, segment.Length).view(segment.Shape);
                view.copy_(parameter);
                parameter.set_(view);
                parameter.grad = gradients.narrow(0, segment.Offset, segment.Length).view(segment.Shape);
            }
        }

        var tokens = network.Forward(patches, new BackbonePass()).Tokens;
        Assert.Equal(before, tokens.Values());
        tokens.sum().backward();
        Assert.All(
            layout.Segments.Where(s => !s.Name.StartsWith("norm.", StringComparison.Ordinal)),
            s => Assert.NotEqual(0, gradients.narrow(0, s.Offset, s.Length).abs().sum().item<float>())
        );
        using (no_grad())
        {
            weights.zero_();
        }

        Assert.All(network.Forward(patches, new BackbonePass()).Tokens.Values(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Drop_path_scales_a_samples_branches()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("vit_image");
        var network = Loaded(file, Image);
        var patches = ImagePatches.Of(file.Floats("input"), Image);
        // The first sample keeps every branch, unscaled; the second drops all of the last block.
        Tensor[] scales =
        [
            .. Enumerable.Range(0, 2 * Image.Depth).Select(i => tensor(new[] { 1f, i >= 2 * (Image.Depth - 1) ? 0f : 1f }, [2, 1, 1])),
        ];
        var plain = network.Forward(patches, new BackbonePass { Blocks = [3, 4] });
        var dropped = network.Forward(patches, new BackbonePass { DropPath = scales, Blocks = [3, 4] });
        Assert.Equal(plain.Blocks[1][0].Values(), dropped.Blocks[1][0].Values());
        Assert.Equal(plain.Blocks[0][1].Values(), dropped.Blocks[1][1].Values());
        scales[^1] = tensor(new[] { 2f, 0f }, [2, 1, 1]);
        scales[^2] = tensor(new[] { 0f, 0f }, [2, 1, 1]);
        var doubled = network.Forward(patches, new BackbonePass { DropPath = scales }).Tokens[0];
        scales[^1] = tensor(new[] { 1f, 0f }, [2, 1, 1]);
        var once = network.Forward(patches, new BackbonePass { DropPath = scales }).Tokens[0];
        var residual = plain.Blocks[0][0];
        Assert.True(((doubled - residual) - (2 * (once - residual))).abs().max().item<float>() < 1e-5f);
    }

    [Fact]
    public void Without_a_class_token_the_mean_of_the_normed_patch_tokens_stands_for_the_view()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("vit_image");
        var with = Loaded(file, Image);
        using var network = new VisionTransformer(Image with { HasClassToken = false });
        Assert.DoesNotContain("cls_token", network.named_parameters().Select(p => p.name));
        var parameters = with.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        using (no_grad())
        {
            foreach (var (name, parameter) in network.named_parameters())
            {
                parameter.copy_(name == "pos_embed" ? parameters[name].narrow(1, 1, Image.Patches) : parameters[name]);
            }
        }

        var patches = ImagePatches.Of(file.Floats("input"), Image);
        var tokens = network.Forward(patches, new BackbonePass { ImageFeaturesOnly = true }).Tokens;
        Assert.Equal([2, Image.Patches, 48], tokens.shape);
        Assert.Equal(network.Normalize(tokens).mean([1]).Values(), network.ImageFeatures(tokens).Values());
        Assert.Equal(tokens.Values(), network.PatchTokens(tokens).Values());
        // The first block's queries see no class token: the rest is the same network.
        var embedded = with.Forward(patches, new BackbonePass()).Tokens;
        Assert.Equal([2, 1 + Image.Patches, 48], embedded.shape);
        Assert.Equal(with.Normalize(embedded.select(1, 0)).Values(), with.ImageFeatures(embedded).Values());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var two = new VisionTransformer(Image, otherGrid: new GridSize(2, 2));
        using var small = zeros(1, 9, Image.PatchValues);
        Assert.Contains(
            "built for",
            Assert.Throws<ArgumentException>(() => two.Forward(small, new BackbonePass { Grid = new GridSize(3, 3) })).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => new VisionTransformer(Image with { Patch = 7 }));
        Assert.Throws<ArgumentException>(() => new VisionTransformer(Image with { Heads = 5 }));
        using var network = new VisionTransformer(Image);
        using var patches = zeros(1, Image.Patches, Image.PatchValues);
        Assert.Contains(
            "[5]",
            Assert.Throws<ArgumentException>(() => network.Forward(patches, new BackbonePass { Blocks = [5] })).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => network.Forward(patches, new BackbonePass { Blocks = [0] }));
        Assert.Throws<ArgumentException>(() => network.Forward(patches, new BackbonePass { DropPath = [patches] }));
    }

    private static VisionTransformer Loaded(VectorFile file, BackboneShape shape)
    {
        var options = JsonDocument.Parse(file.Metadata["options"]).RootElement;
        Assert.Equal(shape.Dim, options.GetProperty("dim").GetInt32());
        var network = new VisionTransformer(shape);
        network.Load(file, "param.");
        return network;
    }
}
