using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using TorchSharp;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_bf16_8192_prototypes_at_a_temperature_of_0_04_lose_what_they_lose_in_fp32_of_the_same_bottleneck(bool normalized)
    {
        using var scope = NewDisposeScope();
        const int rows = 16;
        const int prototypes = 8192;
        using var head = new ClusteringHead(48, new HeadOptions(64, 32, normalized), prototypes, null, Precision.Bf16);
        foreach (var (index, (_, parameter)) in head.named_parameters().Index())
        {
            using var guard = no_grad();
            parameter.copy_(Draw(index, parameter.shape));
        }

        var tokens = Draw(90, [rows, 48]);
        var logits = head.ClassLogits(tokens);
        Assert.Equal(ScalarType.Float32, logits.dtype);

        // PyTorch's own operators from the bottleneck on, in float64.
        var parameters = head.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
        var bottleneck = nn.functional.normalize(Mlp(tokens, parameters).to(ScalarType.Float64), 2, -1);
        var rowsOfV = parameters["last_layer.weight_v"].to(ScalarType.Float64);
        var weight = parameters["last_layer.weight_g"].to(ScalarType.Float64) * nn.functional.normalize(rowsOfV, 2, 1);
        var expected = matmul(bottleneck, weight.t());
        var targets = nn.functional.softmax(Draw(91, [rows, prototypes]), -1);
        using Scalar temperature = 0.04;
        var loss = -(targets * nn.functional.log_softmax(expected.div(temperature), -1)).sum().item<double>() / rows;

        var gradient = new float[rows * prototypes];
        double Loss(Tensor of) =>
            PrototypeCrossEntropy.SumAndGradient(of.Values(), targets.Values(), prototypes, 0.04f, 1f / rows, gradient) / rows;
        Assert.InRange(Math.Abs(Loss(logits) - loss), 0, 1e-5 * loss);
        // Had the logits gone through bfloat16, it would be another loss.
        Assert.True(Math.Abs(Loss(logits.to(ScalarType.BFloat16).to(ScalarType.Float32)) - loss) > 1e-5 * loss);
    }

    /// <summary>The head's MLP as PyTorch's autocast computes it.</summary>
    private static Tensor Mlp(Tensor tokens, Dictionary<string, Tensor> parameters)
    {
        var values = tokens.to(ScalarType.BFloat16);
        foreach (var layer in new[] { 0, 2, 4 })
        {
            var (weight, bias) = (parameters[$"mlp.{layer}.weight"], parameters[$"mlp.{layer}.bias"]);
            values = nn.functional.linear(values, weight.to(ScalarType.BFloat16), bias.to(ScalarType.BFloat16));
            values = layer < 4 ? nn.functional.gelu(values) : values;
        }

        return values;
    }

    private static Tensor Draw(long sample, long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        new PhiloxStream(5, DrawPurpose.Preflight, 0, sample).FillGaussian(values);
        return tensor(values, shape);
    }

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
