using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Optimization;

public sealed class FlatAdamWTests
{
    private const int Steps = 10;
    private const int StepsPerEpoch = 2;
    private const double Clip = 3;
    private static readonly AdamWStep Step = new()
    {
        Step = 3,
        LearningRate = 0.01,
        WeightDecay = 0.1,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
    };

    [Fact]
    public void Ten_steps_with_groups_clipping_canceled_and_missing_gradients_and_a_teacher_are_the_references()
    {
        var file = VectorFile.Open("adamw");
        var names = file.Names.Where(n => n.StartsWith("init.", StringComparison.Ordinal)).Select(n => n["init.".Length..]).ToArray();
        var layout = ParameterLayout.Of(names.Select(n => (n, file.Shape("init." + n))));
        var (student, teacher) = (new float[layout.TotalLength], new float[layout.TotalLength]);
        var (first, second) = (new float[layout.TotalLength], new float[layout.TotalLength]);
        var updates = names.ToDictionary(n => n, _ => 0L, StringComparer.Ordinal);
        foreach (var s in layout.Segments)
        {
            file.Floats("init." + s.Name).CopyTo(student, s.Offset);
            file.Floats("init." + s.Name).CopyTo(teacher, s.Offset);
        }

        var learningRate = new CosineSchedule(0.001, 1e-6, Steps, StepsPerEpoch);
        var weightDecay = new CosineSchedule(0.04, 0.4, Steps);
        var momentum = new CosineSchedule(0.9, 1, Steps);
        for (var step = 0; step < Steps; step++)
        {
            var norms = new List<double>();
            foreach (var s in layout.Segments.Where(s => file.Has($"step{step}.grad.{s.Name}")))
            {
                var gradient = file.Floats($"step{step}.grad.{s.Name}");
                norms.Add(Math.Sqrt(GradientNorm.SumOfSquares(gradient)));
                if (step / StepsPerEpoch == 0 && s.Name.Contains("last_layer", StringComparison.Ordinal))
                {
                    continue;
                }

                FlatAdamW.Update(
                    Step with
                    {
                        Step = ++updates[s.Name],
                        LearningRate = learningRate.At(step),
                        WeightDecay = weightDecay.At(step),
                    },
                    s.Decay,
                    GradientNorm.ClipCoefficient(norms[^1], Clip),
                    student.AsSpan(s.Offset, s.Length),
                    gradient,
                    first.AsSpan(s.Offset, s.Length),
                    second.AsSpan(s.Offset, s.Length)
                );
            }

            Assert.Equal(file.Floats($"step{step}.norms").Order(), norms.Order().Select(n => (float)n), (a, b) => Math.Abs(a - b) < 2e-6f);
            foreach (var s in layout.Segments)
            {
                ExponentialMovingAverage.Update(teacher.AsSpan(s.Offset, s.Length), student.AsSpan(s.Offset, s.Length), momentum.At(step));
                file.AssertClose($"step{step}.student.{s.Name}", student.AsSpan(s.Offset, s.Length));
                file.AssertClose($"step{step}.teacher.{s.Name}", teacher.AsSpan(s.Offset, s.Length));
            }
        }
    }

    [Fact]
    public void An_elements_bits_do_not_depend_on_how_the_buffer_is_cut()
    {
        const int Length = 77;
        var whole = Buffers(Length);
        FlatAdamW.Update(Step, true, 0.3f, whole[0], whole[1], whole[2], whole[3]);
        ExponentialMovingAverage.Update(whole[4], whole[0], 0.99);
        foreach (var piece in new[] { 1, 5, 16, 33 })
        {
            var cut = Buffers(Length);
            for (var start = 0; start < Length; start += piece)
            {
                var count = Math.Min(piece, Length - start);
                FlatAdamW.Update(
                    Step,
                    true,
                    0.3f,
                    cut[0].AsSpan(start, count),
                    cut[1].AsSpan(start, count),
                    cut[2].AsSpan(start, count),
                    cut[3].AsSpan(start, count)
                );
                ExponentialMovingAverage.Update(cut[4].AsSpan(start, count), cut[0].AsSpan(start, count), 0.99);
            }

            Assert.Equal(whole, cut);
        }
    }

    [Fact]
    public void A_teacher_in_the_same_pass_has_the_bits_of_one_that_follows_afterwards()
    {
        const int Length = 77;
        var (apart, together) = (Buffers(Length), Buffers(Length));
        FlatAdamW.Update(Step, true, 0.3f, apart[0], apart[1], apart[2], apart[3]);
        ExponentialMovingAverage.Update(apart[4], apart[0], 0.99);
        FlatAdamW.Update(Step, true, 0.3f, together[0], together[1], together[2], together[3], together[4], 0.99);
        Assert.Equal(apart, together);
    }

    [Fact]
    public void Without_decay_and_gradient_nothing_moves_and_with_decay_the_weight_shrinks()
    {
        float[] weights = [2, -4];
        FlatAdamW.Update(Step, false, 1, weights, [0, 0], new float[2], new float[2]);
        Assert.Equal([2, -4], weights);
        FlatAdamW.Update(Step, true, 1, weights, [0, 0], new float[2], new float[2]);
        Assert.Equal([2 * 0.999f, -4 * 0.999f], weights);
    }

    [Fact]
    public void Epsilon_is_added_after_the_bias_correction()
    {
        // The first step moves by lr · g / (|g| + ε): half a learning rate where g = ε. 17 floats: one vector and one of the rest.
        var weights = new float[17];
        FlatAdamW.Update(Step with { Step = 1 }, false, 1, weights, [.. Enumerable.Repeat(1e-8f, 17)], new float[17], new float[17]);
        Assert.All(weights, weight => Assert.Equal(-0.005f, weight, 1e-7f));
    }

    [Fact]
    public void A_buffer_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => FlatAdamW.Update(Step, true, 1, new float[3], new float[3], new float[3], new float[4]));

    [Fact]
    public void Padding_stays_zero()
    {
        float[] weights = [0];
        FlatAdamW.Update(Step, true, 1, weights, [0], new float[1], new float[1]);
        Assert.Equal([0], weights);
    }

    private static float[][] Buffers(int length)
    {
        var buffers = new float[5][];
        for (var i = 0; i < buffers.Length; i++)
        {
            new PhiloxStream(1, DrawPurpose.InitialWeights, 0, i).FillGaussian(buffers[i] = new float[length]);
        }

        buffers[3] = [.. buffers[3].Select(MathF.Abs)];
        return buffers;
    }
}
