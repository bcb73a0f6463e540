using Orchestrator.Pretraining.Optimization;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class LayerDecayTests
{
    [Theory]
    [InlineData("backbone.cls_token", 13)]
    [InlineData("backbone.pos_embed", 13)]
    [InlineData("backbone.patch_embed.proj.weight", 13)]
    [InlineData("backbone.blocks.0.attn.qkv.weight", 12)]
    [InlineData("backbone.blocks.11.mlp.fc2.bias", 1)]
    [InlineData("backbone.norm.weight", 0)]
    [InlineData("classifier.linear.weight", 0)]
    public void Rates_fall_by_a_factor_a_block_from_the_head_to_the_input(string name, int power) =>
        Assert.Equal(Math.Pow(0.75, power), LayerDecay.Scale(name, 12, 0.75), 1e-15);

    [Fact]
    public void Without_decay_all_learn_alike() => Assert.Equal(1, LayerDecay.Scale("backbone.cls_token", 12, 1));
}
