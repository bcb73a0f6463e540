using System.Numerics.Tensors;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Applies a whole reduced gradient: each parameter's norm, then clip, AdamW and the teacher's EMA in one pass over memory. Norms are handed out to the
/// shard threads by parameter, the pass by piece of one; an element's result depends on nothing else, so which thread did it does not show.
/// </summary>
public sealed class Commit(TrainingParts parts)
{
    private const int MostTensors = 3;

    // Floats of one turn of a thread: 1.3 MB of five buffers, some 50 µs. A whole number of vectors.
    private const int Piece = 1 << 16;

    private readonly IReadOnlyList<ParameterSegment> segments = parts.State.Layout.Segments;
    private readonly IReadOnlyList<(ParameterSegment Segment, int Index)> largestFirst =
    [
        .. parts.State.Layout.Segments.Select((segment, i) => (segment, i)).OrderByDescending(s => s.segment.Length),
    ];
    private readonly IReadOnlyList<(int Segment, int Start, int Length)> pieces = [.. Cut(parts.State.Layout.Segments)];
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
            (_, item) =>
            {
                var (segment, i) = largestFirst[item];
                squares[i] = IsFrozen(segment, step) ? 0 : GradientNorm.SumOfSquares(gradient[segment]);
            },
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
            pieces.Count,
            (_, item) =>
            {
                var (i, start, length) = pieces[item];
                var segment = segments[i];
                var teacher = state.Teacher is { } of ? of[segment].Slice(start, length) : default;
                if (!IsFrozen(segment, step))
                {
                    var update = segment.IsPrototype ? prototypes : optimizer;
                    FlatAdamW.Update(
                        rates[i] == 1 ? update : update with { LearningRate = update.LearningRate * rates[i] },
                        segment.Decay,
                        GradientNorm.ClipCoefficient(Math.Sqrt(squares[i]), schedule.Clip),
                        state.Student[segment].Slice(start, length),
                        gradient[segment].Slice(start, length),
                        state.FirstMoment[segment].Slice(start, length),
                        state.SecondMoment[segment].Slice(start, length),
                        teacher,
                        momentum
                    );
                }
                else if (!teacher.IsEmpty)
                {
                    ExponentialMovingAverage.Update(teacher, state.Student[segment].Slice(start, length), momentum);
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

    private static IEnumerable<(int Segment, int Start, int Length)> Cut(IReadOnlyList<ParameterSegment> segments)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            for (var start = 0; start < segments[i].Length; start += Piece)
            {
                yield return (i, start, Math.Min(Piece, segments[i].Length - start));
            }
        }
    }

    private double TeacherMomentum(long step)
    {
        var schedule = parts.Schedule;
        return !parts.Method.TeacherLeads ? schedule.TeacherMomentum(step)
            // No step follows for which it would have to move.
            : step + 1 == schedule.TotalSteps ? 1
            : schedule.TeacherMomentum(step + 1);
    }
}
