using Orchestrator.Pretraining.Heads;
using Orchestrator.Shared.Evaluations;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Heads;

public sealed class SlicePoolTests
{
    private static readonly int[] Counts = [3, 1, 5];

    [Theory]
    [InlineData(ExamPooling.Mean)]
    [InlineData(ExamPooling.Max)]
    [InlineData(ExamPooling.Attention)]
    public void Padding_counts_nowhere_and_gets_no_gradient(ExamPooling pooling)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var attention = new SliceAttention(4);
        var features = randn([5, 3, 4]).requires_grad_();
        var isSlice = tensor([.. Enumerable.Range(0, 15).Select(i => i / 3 < Counts[i % 3])], [5, 3]);
        var pooled = SlicePool.Of(features, isSlice, pooling, attention);
        pooled.pow(2).sum().backward();
        for (var exam = 0; exam < 3; exam++)
        {
            var own = features.detach().select(1, exam)[..Counts[exam]];
            var wanted = pooling switch
            {
                ExamPooling.Mean => own.mean([0]),
                ExamPooling.Max => own.amax([0]),
                _ => attention.Forward(own.unsqueeze(1)).softmax(0).mul(own).sum([0]),
            };
            Assert.True(allclose(wanted, pooled[exam], 1e-5, 1e-6), $"exam {exam}");
            var gradient = features.grad!.select(1, exam);
            Assert.True(gradient[..Counts[exam]].abs().sum().item<float>() > 0);
            Assert.Equal(0, gradient[Counts[exam]..].abs().sum().item<float>());
        }
    }
}
