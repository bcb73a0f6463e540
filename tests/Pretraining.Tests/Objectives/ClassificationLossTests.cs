using Orchestrator.Pretraining.Objectives;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Objectives;

public sealed class ClassificationLossTests
{
    private const int Classes = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loss_and_gradient_are_torchs(bool sigmoid)
    {
        float[] values = [2, -1, 0.5f, 0, -30, 40, 3, 1, 0, 0, 0, 0];
        float[] wanted = [0.7f, 0.1f, 0.1f, 0.1f, 0, 0.25f, 0.75f, 0, 1, 0, 0, 0];
        using var scope = NewDisposeScope();
        var scores = tensor(values, [3, Classes], requires_grad: true);
        var targets = tensor(wanted, [3, Classes]);
        var expected = sigmoid
            ? nn.functional.binary_cross_entropy_with_logits(scores, targets)
            : nn.functional.cross_entropy(scores, targets);
        expected.backward();
        var gradient = new float[values.Length];
        var loss = sigmoid
            ? ClassificationLoss.Sigmoid(values, wanted, Classes, 1.0 / 3, gradient)
            : ClassificationLoss.Softmax(values, wanted, Classes, 1.0 / 3, gradient);
        Assert.Equal(expected.ToDouble(), loss, 1e-5);
        var torchs = scores.grad!.data<float>().ToArray();
        for (var i = 0; i < gradient.Length; i++)
        {
            Assert.Equal(torchs[i], gradient[i], 1e-6f);
        }
    }
}
