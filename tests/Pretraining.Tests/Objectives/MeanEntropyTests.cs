using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Objectives;

public sealed class MeanEntropyTests
{
    private const int Prototypes = 20;
    private const int Rows = 32;
    private const float Temperature = 0.1f;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Value_and_gradient_are_msns_on_any_number_of_shards(int shards)
    {
        var file = VectorFile.Open("collapse");
        var logits = file.Floats("me_logits");
        var length = logits.Length / shards;
        var mean = new double[Prototypes];
        for (var shard = 0; shard < shards; shard++)
        {
            MeanEntropy.AddProbabilities(logits.AsSpan(shard * length, length), Temperature, mean);
        }

        mean = [.. mean.Select(sum => sum / Rows)];
        file.AssertClose("w1.memax.mean_probs", [.. mean.Select(m => (float)m)]);
        var meanGradient = new double[Prototypes];
        var value = MeanEntropy.ValueAndGradient(mean, meanGradient);
        file.AssertClose("w1.memax.rloss", [(float)value]);
        file.AssertClose("w1.memax.entropy", [(float)(Math.Log(Prototypes) - value)]);
        var gradient = new float[logits.Length];
        for (var shard = 0; shard < shards; shard++)
        {
            MeanEntropy.AddLogitGradient(
                logits.AsSpan(shard * length, length),
                Temperature,
                meanGradient,
                1f / Rows,
                gradient.AsSpan(shard * length, length)
            );
        }

        file.AssertClose("w1.memax.grad_logits", gradient);
    }

    [Fact]
    public void It_is_zero_at_the_uniform_mean_and_largest_when_one_prototype_takes_all()
    {
        var gradient = new double[4];
        Assert.Equal(0, MeanEntropy.ValueAndGradient([0.25, 0.25, 0.25, 0.25], gradient), 1e-12);
        Assert.Equal(Math.Log(4), MeanEntropy.ValueAndGradient([1, 0, 0, 0], gradient), 1e-12);
        Assert.Equal([1, 0, 0, 0], gradient);
    }

    [Fact]
    public void The_gradient_is_added_to_what_is_there()
    {
        float[] logits = [0.1f, 0.2f, -0.3f];
        float[] once = [0, 0, 0];
        float[] onTop = [1, 2, 3];
        MeanEntropy.AddLogitGradient(logits, Temperature, [0.5, -1, 2], 0.5f, once);
        MeanEntropy.AddLogitGradient(logits, Temperature, [0.5, -1, 2], 0.5f, onTop);
        Assert.Equal([1 + once[0], 2 + once[1], 3 + once[2]], onTop);
        Assert.Equal(0, once.Sum(), 1e-6f);
    }
}
