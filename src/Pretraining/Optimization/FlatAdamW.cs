using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Pretraining.Optimization;

/// <summary>
/// AdamW as torch.optim.AdamW computes it, in one pass over a parameter's floats: decay, both moments, bias-corrected update, and
/// the teacher that follows. An element's result depends on its own values alone.
/// </summary>
public static class FlatAdamW
{
    /// <summary>Updates one parameter, or a part of one, in place.</summary>
    /// <param name="step">The step's numbers.</param>
    /// <param name="decay">Whether weight decay applies.</param>
    /// <param name="clip">Factor on the gradient.</param>
    /// <param name="weights">Student.</param>
    /// <param name="gradient">Before clipping; not changed.</param>
    /// <param name="firstMoment">exp_avg.</param>
    /// <param name="secondMoment">exp_avg_sq.</param>
    /// <param name="teacher">Follows the updated weights as <see cref="ExponentialMovingAverage"/> has it; empty for none.</param>
    /// <param name="momentum">Of the teacher.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Update(
        AdamWStep step,
        bool decay,
        float clip,
        Span<float> weights,
        ReadOnlySpan<float> gradient,
        Span<float> firstMoment,
        Span<float> secondMoment,
        Span<float> teacher = default,
        double momentum = 1
    )
    {
        if (
            gradient.Length != weights.Length
            || firstMoment.Length != weights.Length
            || secondMoment.Length != weights.Length
            || (teacher.Length != 0 && teacher.Length != weights.Length)
        )
        {
            throw new ArgumentException(
                $"{weights.Length} weights have {gradient.Length} gradients, {firstMoment.Length} and {secondMoment.Length} moments and a teacher of {teacher.Length}.",
                nameof(weights)
            );
        }

        var correction1 = 1 - Math.Pow(step.Beta1, step.Step);
        var correction2 = Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));
        var keep = (float)(1 - (decay ? step.LearningRate * step.WeightDecay : 0));
        var size = (float)(step.LearningRate / correction1);
        var (beta1, rest1) = ((float)step.Beta1, (float)(1 - step.Beta1));
        var (beta2, rest2) = ((float)step.Beta2, (float)(1 - step.Beta2));
        var (root2, epsilon) = ((float)correction2, (float)step.Epsilon);
        var (stay, follow) = ((float)momentum, (float)(1 - momentum));

        var w = MemoryMarshal.Cast<float, Vector512<float>>(weights);
        var g = MemoryMarshal.Cast<float, Vector512<float>>(gradient);
        var m = MemoryMarshal.Cast<float, Vector512<float>>(firstMoment);
        var v = MemoryMarshal.Cast<float, Vector512<float>>(secondMoment);
        var t = MemoryMarshal.Cast<float, Vector512<float>>(teacher);
        for (var i = 0; i < w.Length; i++)
        {
            var clipped = g[i] * clip;
            // Written with two products and a sum, never a fused one: the vector and the rest below give an element the same bits.
            var first = (m[i] * beta1) + (clipped * rest1);
            var second = (v[i] * beta2) + (clipped * clipped * rest2);
            var weight = (w[i] * keep) - (first * size / ((Vector512.Sqrt(second) / Vector512.Create(root2)) + Vector512.Create(epsilon)));
            (m[i], v[i], w[i]) = (first, second, weight);
            if (!t.IsEmpty)
            {
                t[i] = (t[i] * stay) + (weight * follow);
            }
        }

        for (var i = w.Length * Vector512<float>.Count; i < weights.Length; i++)
        {
            var clipped = gradient[i] * clip;
            firstMoment[i] = (firstMoment[i] * beta1) + (clipped * rest1);
            secondMoment[i] = (secondMoment[i] * beta2) + (clipped * clipped * rest2);
            weights[i] = (weights[i] * keep) - (firstMoment[i] * size / ((MathF.Sqrt(secondMoment[i]) / root2) + epsilon));
            if (!teacher.IsEmpty)
            {
                teacher[i] = (teacher[i] * stay) + (weights[i] * follow);
            }
        }
    }
}
