using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Methods;
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
        using var head = new ClusteringHead(48, new HeadOptions(64, 32, normalizePrototypes), 96, null);
        head.Load(file, "param.");
        var input = tensor(file.Floats("input")).view(10, 48).requires_grad_();
        var output = head.ClassLogits(input);
        file.AssertClose("output", output.Values());
        var loss = (output * tensor(file.Floats("loss_weight")).view(output.shape)).sum();
        file.AssertClose("loss", loss.Values());
        loss.backward();
        head.AssertGradients(file, "grad.");
        file.AssertClose("grad_input", input.grad!.Values());
    }

    [Fact]
    public void Class_and_patch_tokens_share_asits_head()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("asit_head");
        using var head = new ClusteringHead(40, new HeadOptions(56, 24, NormalizePrototypes: true), 64, 32);
        using (no_grad())
        {
            foreach (var (name, parameter) in head.named_parameters())
            {
                parameter.copy_(tensor(file.Floats("param." + AsitName(name))).view(parameter.shape));
            }
        }

        var input = tensor(file.Floats("input")).view(3, 13, 40).requires_grad_();
        var (classes, patches) = (head.ClassLogits(input.select(1, 0)), head.PatchLogits(input.narrow(1, 1, 12)));
        file.AssertClose("cls", classes.Values());
        file.AssertClose("data", patches.Values());
        var loss =
            (classes * tensor(file.Floats("loss_weight_cls")).view(classes.shape)).sum()
            + (patches * tensor(file.Floats("loss_weight_data")).view(patches.shape)).sum();
        file.AssertClose("loss", loss.Values());
        loss.backward();
        foreach (var (name, parameter) in head.named_parameters().Where(p => p.parameter.requires_grad))
        {
            file.AssertClose("grad." + AsitName(name), parameter.grad!.Values());
        }

        file.AssertClose("grad_input", input.grad!.Values());
    }

    private static string AsitName(string name) =>
        name.Replace("last_layer", "cls_layer", StringComparison.Ordinal).Replace("patch_layer", "data_layer", StringComparison.Ordinal);

    [Fact]
    public void Names_and_their_order_are_the_references()
    {
        using var head = new ClusteringHead(4, new HeadOptions(6, 3, NormalizePrototypes: true), 5, null);
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
