using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>What a commit does with a whole gradient, tensor by tensor.</summary>
public sealed class CommitTests
{
    private const double Rate = 0.01;
    private const double Decay = 0.1;
    private const double Clip = 3;

    [Fact]
    public void Each_tensor_is_clipped_by_its_own_norm()
    {
        using var parts = Parts("clustering");
        using var gradient = new FlatTensor(parts.State.Layout);
        var (large, small) = (Segment(parts, "patch_embed.proj.weight"), Segment(parts, "blocks.0.attn.proj.weight"));
        gradient[large].Fill((float)(30 / Math.Sqrt(large.Length)));
        gradient[small].Fill((float)(0.5 / Math.Sqrt(small.Length)));
        var norm = Apply(new Commit(parts), gradient, 0);
        Assert.Equal(Math.Sqrt((30 * 30) + (0.5 * 0.5)), norm, 1e-4);
        // (1 − β1) · g, of norm 3 and of norm ½.
        Assert.Equal(0.1 * Clip, Norm(parts.State.FirstMoment[large]), 1e-5);
        Assert.Equal(0.1 * 0.5, Norm(parts.State.FirstMoment[small]), 1e-5);
    }

    [Fact]
    public void The_class_token_and_the_positions_decay_and_what_has_one_dimension_does_not()
    {
        using var parts = Parts("mim-clustering");
        using var gradient = new FlatTensor(parts.State.Layout);
        parts.State.Student.Host.Span.Fill(1);
        Apply(new Commit(parts), gradient, 0);
        foreach (var segment in parts.State.Layout.Segments.Where(segment => !segment.Frozen))
        {
            var decays = segment.Shape.Length > 1;
            Assert.Equal(decays ? (float)(1 - (Rate * Decay)) : 1, parts.State.Student[segment][0], 1e-7f);
        }

        Assert.All(
            new[] { "backbone.cls_token", "backbone.pos_embed" },
            name => Assert.NotEqual(1, parts.State.Student[Segment(parts, name)][0])
        );
    }

    [Fact]
    public void The_teacher_follows_the_student_that_the_step_made()
    {
        using var parts = Parts("clustering");
        using var gradient = Noise(parts);
        var before = Copy(parts.State.Teacher!);
        Apply(new Commit(parts), gradient, 1);
        AssertTeacher(parts, before, parts.Schedule.TeacherMomentum(1));
    }

    [Fact]
    public void A_teacher_that_leads_takes_the_momentum_of_the_step_whose_keys_it_makes()
    {
        using var parts = Parts("contrastive");
        using var gradient = Noise(parts);
        var before = Copy(parts.State.Teacher!);
        Apply(new Commit(parts), gradient, 1);
        AssertTeacher(parts, before, parts.Schedule.TeacherMomentum(2));
        before = Copy(parts.State.Teacher!);
        // After the last step no keys are made.
        Apply(new Commit(parts), gradient, parts.Schedule.TotalSteps - 1);
        Assert.Equal(before, Copy(parts.State.Teacher!));
    }

    [Fact]
    public void A_frozen_gain_stays_while_the_directions_learn_and_the_teacher_follows_them()
    {
        using var parts = Parts("clustering");
        using var gradient = Noise(parts);
        var (gain, directions) = (Segment(parts, "last_layer.weight_g"), Segment(parts, "last_layer.weight_v"));
        var before = parts.State.Teacher![directions].ToArray();
        Apply(new Commit(parts), gradient, 0);
        Assert.All(parts.State.Student[gain].ToArray(), value => Assert.Equal(1, value));
        Assert.All(parts.State.Teacher[gain].ToArray(), value => Assert.Equal(1, value, 1e-6f));
        Assert.All(parts.State.FirstMoment[gain].ToArray(), value => Assert.Equal(0, value));
        Assert.NotEqual(before, parts.State.Student[directions].ToArray());
        Assert.NotEqual(before, parts.State.Teacher[directions].ToArray());
    }

    [Fact]
    public void Frozen_prototypes_neither_move_nor_decay_and_count_their_steps_from_the_first_free_one()
    {
        const int Frozen = 2;
        using var parts = Parts("clustering", frozenSteps: Frozen);
        using var gradient = Noise(parts);
        var directions = Segment(parts, "last_layer.weight_v");
        var before = parts.State.Student[directions].ToArray();
        var commit = new Commit(parts);
        for (var step = 0; step < Frozen; step++)
        {
            Apply(commit, gradient, step);
            Assert.Equal(before, parts.State.Student[directions].ToArray());
            Assert.All(parts.State.FirstMoment[directions].ToArray(), value => Assert.Equal(0, value));
        }

        Apply(commit, gradient, Frozen);
        // AdamW's first step moves each weight by the learning rate, after the decay.
        var moved = before.Zip(parts.State.Student[directions].ToArray(), (a, b) => Math.Abs(b - (a * (1 - (Rate * Decay)))));
        Assert.All(moved, distance => Assert.Equal(Rate, distance, 1e-4));
    }

    private static void AssertTeacher(TrainingParts parts, float[] before, double momentum)
    {
        Assert.InRange(momentum, 0.01, 0.99);
        using var expected = new FlatTensor(parts.State.Layout);
        before.CopyTo(expected.Host.Span);
        foreach (var segment in parts.State.Layout.Segments)
        {
            ExponentialMovingAverage.Update(expected[segment], parts.State.Student[segment], momentum);
        }

        Assert.Equal(Copy(expected), Copy(parts.State.Teacher!));
    }

    private static double Apply(Commit commit, FlatTensor gradient, long step)
    {
        Assert.True(commit.Measure(gradient, step));
        return commit.Apply(gradient, step);
    }

    private static TrainingParts Parts(string method, int frozenSteps = 0)
    {
        var options = method == "contrastive" ? "contrastive: { hidden: 8, dim: 4 }" : "prototypes: 12, head: { hidden: 8, bottleneck: 4 }";
        var result = RunSpecParser.Parse(
            $$"""
            method: {{method}}
            data: { images: none }
            batch: { size: 4, shards: 2 }
            workers: { max: 2 }
            backbone: { custom: { patch: 4, dim: 8, depth: 1, heads: 2 }, image: 8, channels: 1 }
            options: { {{options}} }
            """
        );
        Assert.Empty(result.Errors);
        var spec = result.Spec!;
        var creator = MethodCatalog.Create(spec);
        var state = InitialState.Create(spec, creator);
        return new TrainingParts
        {
            Method = creator,
            Data = new PreparedShards(
                new NoShards(),
                () => new ShardViews(ViewGroup.Global(spec), 2),
                threadCount: 0,
                ahead: 0,
                end: 10,
                "test"
            ),
            State = state,
            NonFinite = spec.NonFinite,
            CheckpointEvery = spec.Checkpoint.EverySteps,
            Audit = spec.Audit,
            Schedule = new RunSchedule
            {
                TotalSteps = 10,
                StepsPerEpoch = 2,
                BatchSize = 4,
                MaskedMeanOfShard = false,
                LearningRate = _ => Rate,
                WeightDecay = _ => Decay,
                TeacherMomentum = step => 0.5 + (0.04 * step),
                TeacherTemperatureOfEpoch = _ => 0.04,
                Beta1 = 0.9,
                Beta2 = 0.999,
                Epsilon = 1e-8,
                Clip = Clip,
                FrozenPrototypeSteps = frozenSteps,
            },
            Gang = new ShardGang(2, "test"),
            Replicas = new ShardReplicas(creator, state, 1),
            Gradients = new GradientPool(state.Layout),
            Wire = Precision.Fp32,
            Buckets = [GradientBucket.Whole(state.Layout)],
            Rows = 4,
            MaxDamaged = 0,
        };
    }

    private static ParameterSegment Segment(TrainingParts parts, string ending) =>
        parts.State.Layout.Segments.Single(segment => segment.Name.EndsWith(ending, StringComparison.Ordinal));

    private static FlatTensor Noise(TrainingParts parts)
    {
        var gradient = new FlatTensor(parts.State.Layout);
        for (var i = 0; i < parts.State.Layout.Segments.Count; i++)
        {
            new PhiloxStream(7, DrawPurpose.Preflight, 0, i).FillGaussian(gradient[parts.State.Layout.Segments[i]]);
        }

        return gradient;
    }

    private static float[] Copy(FlatTensor tensor) => tensor.Host.Span.ToArray();

    private static double Norm(ReadOnlySpan<float> values) => Math.Sqrt(GradientNorm.SumOfSquares(values));

    private sealed class NoShards : IShardSource
    {
        public double Fill(long step, int shard, int thread, ShardViews views) =>
            throw new NotSupportedException("no step is computed here");
    }
}
