using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Heads;

public sealed class ClusteringHeadTests
{
    [Theory]
    [InlineData("dino_head_norm0", false)]
    [InlineData("dino_head_norm1", true)]
    public void Logits_and_gradients_are_the_references(string name, bool normalizePrototypes)
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open(name);
        using var head = new ClusteringHead(48, 64, 32, 96, normalizePrototypes);
        head.Load(file, "param.");
        var input = tensor(file.Floats("input")).view(10, 48).requires_grad_();
        var output = head.Forward(input);
        file.AssertClose("output", output.Values());
        var loss = (output * tensor(file.Floats("loss_weight")).view(output.shape)).sum();
        file.AssertClose("loss", loss.Values());
        loss.backward();
        head.AssertGradients(file, "grad.");
        file.AssertClose("grad_input", input.grad!.Values());
    }

    [Fact]
    public void Names_and_their_order_are_the_references()
    {
        using var head = new ClusteringHead(4, 6, 3, 5, normalizePrototypes: true);
        Assert.Equal(
            [
                "mlp.0.weight",
                "mlp.0.bias",
                "mlp.2.weight",
                "mlp.2.bias",
                "mlp.4.weight",
                "mlp.4.bias",
                "last_layer.weight_g",
                "last_layer.weight_v",
            ],
            head.named_parameters().Select(p => p.name)
        );
        Assert.False(head.named_parameters().Single(p => p.name == "last_layer.weight_g").parameter.requires_grad);
    }
}
