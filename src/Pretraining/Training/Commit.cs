using System.Numerics.Tensors;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Applies a whole reduced gradient: each parameter's norm, then clip, AdamW and the teacher's EMA in one pass a parameter. Parameters are
/// handed out to the shard threads; an element's result depends on nothing else, so which thread did it does not show.
/// </summary>
public sealed class Commit(TrainingParts parts)
{
    private const int MostTensors = 3;

    private readonly IReadOnlyList<ParameterSegment> segments = parts.State.Layout.Segments;
    private readonly double[] squares = new double[parts.State.Layout.Segments.Count];
    private readonly double[] rates = [.. parts.State.Layout.Segments.Select(parts.Schedule.LearningRateScale)];

    /// <summary>Takes the norms of a gradient, which <see cref="Apply"/> then clips by.</summary>
    /// <param name="gradient">Mean gradient of the global batch.</param>
    /// <param name="step">0-based index of the step.</param>
    /// <returns>Whether every parameter that the step would change has a finite gradient.</returns>
    public bool Measure(FlatTensor gradient, long step)
    {
        parts.Gang.ForEach(
            segments.Count,
            (_, i) => squares[i] = IsFrozen(segments[i], step) ? 0 : GradientNorm.SumOfSquares(gradient[segments[i]]),
            abortable: false
        );
        return squares.All(double.IsFinite);
    }

    /// <summary>Names the parameters that the step would change and whose gradients are not finite, a few of them; null where there is none.</summary>
    public string? NonFiniteTensors(FlatTensor gradient, long step)
    {
        var bad = segments
            .Where(segment => !IsFrozen(segment, step) && !TensorPrimitives.IsFiniteAll<float>(gradient[segment]))
            .Select(segment => segment.Name)
            .ToArray();
        return bad.Length == 0
            ? null
            : $"gradient of {string.Join(", ", bad.Take(MostTensors))}{(bad.Length > MostTensors ? $" and {bad.Length - MostTensors} more" : "")}";
    }

    /// <summary>Updates student, moments and teacher by a gradient that was measured.</summary>
    /// <param name="gradient">Mean gradient of the global batch.</param>
    /// <param name="step">0-based index of the step.</param>
    /// <returns>The norm of the whole gradient before clipping.</returns>
    public double Apply(FlatTensor gradient, long step)
    {
        var schedule = parts.Schedule;
        var state = parts.State;
        var optimizer = new AdamWStep
        {
            Step = (state.Applied?.OfParameters ?? step) + 1,
            LearningRate = schedule.LearningRate(step),
            WeightDecay = schedule.WeightDecay(step),
            Beta1 = schedule.Beta1,
            Beta2 = schedule.Beta2,
            Epsilon = schedule.Epsilon,
        };
        // As PyTorch, which counts a parameter's steps from its first gradient.
        var prototypes = optimizer with
        {
            Step = (state.Applied?.OfPrototypes ?? step - schedule.FrozenPrototypeSteps) + 1,
        };
        var momentum = TeacherMomentum(step);
        parts.Gang.ForEach(
            segments.Count,
            (_, i) =>
            {
                var segment = segments[i];
                if (!IsFrozen(segment, step))
                {
                    var clip = GradientNorm.ClipCoefficient(Math.Sqrt(squares[i]), schedule.Clip);
                    var update = segment.IsPrototype ? prototypes : optimizer;
                    FlatAdamW.Update(
                        rates[i] == 1 ? update : update with { LearningRate = update.LearningRate * rates[i] },
                        segment.Decay,
                        clip,
                        state.Student[segment],
                        gradient[segment],
                        state.FirstMoment[segment],
                        state.SecondMoment[segment]
                    );
                }

                if (state.Teacher is { } teacher)
                {
                    ExponentialMovingAverage.Update(teacher[segment], state.Student[segment], momentum);
                }
            },
            abortable: false
        );
        state.Applied?.Count(prototypes: step >= schedule.FrozenPrototypeSteps);
        var total = 0.0;
        foreach (var square in squares)
        {
            total += square;
        }

        return Math.Sqrt(total);
    }

    /// <summary>Whether a step leaves a parameter as it is, whatever its gradient.</summary>
    public bool IsFrozen(ParameterSegment segment, long step) =>
        segment.Frozen || (segment.IsPrototype && step < parts.Schedule.FrozenPrototypeSteps);

    private double TeacherMomentum(long step)
    {
        var schedule = parts.Schedule;
        return !parts.Method.TeacherLeads ? schedule.TeacherMomentum(step)
            // No step follows for which it would have to move.
            : step + 1 == schedule.TotalSteps ? 1
            : schedule.TeacherMomentum(step + 1);
    }
}
