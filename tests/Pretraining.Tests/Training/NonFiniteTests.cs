using Orchestrator.Collectives;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class NonFiniteTests : IDisposable
{
    private const string Heads = "prototypes: 16, head: { hidden: 16, bottleneck: 8 }";

    private readonly ProcessGroup group = ProcessGroup.Alone(SpoiledRun.Shards);
    private readonly string folder = Directory.CreateTempSubdirectory("non-finite-").FullName;

    public static TheoryData<string, string> Policies
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var policy in new[] { "{ policy: fail }", "{ policy: skip }", "{ policy: rollback }", "{ policy: skip, most: 1 }" })
            {
                data.Add(policy, "method: gmml");
                data.Add(policy, $"method: mim-clustering\noptions: {{ avoidCollapse: sinkhorn, {Heads} }}");
                data.Add(
                    policy,
                    "method: clustering\noptions: { avoidCollapse: sinkhorn, sinkhorn: { rows: pooled }, prototypes: 16, head: { hidden: 16, bottleneck: 8, normalizePrototypes: false } }"
                );
                data.Add(policy, $"method: mim-clustering\noptions: {{ avoidCollapse: centering, {Heads} }}");
                data.Add(policy, $"method: clustering\noptions: {{ avoidCollapse: me-max, tokens: both, patchPrototypes: 16, {Heads} }}");
                data.Add(policy, "method: contrastive\noptions: { contrastive: { hidden: 16, dim: 8 } }");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Decision_findings_and_bits_do_not_depend_on_ranks_or_threads(string policy, string method)
    {
        var spec = SpoiledRun.Spec(policy, method, everySteps: 2);
        var alone = SpoiledRun.OnRanks(1, 7, () => SpoiledRun.Of(spec, [3, 4]));
        Assert.Contains("Step 3 is not finite: loss term", alone, StringComparison.Ordinal);
        Assert.Contains($"; shard 2 (views; samples {SpoiledRun.BadSample}); the ", alone, StringComparison.Ordinal);
        Assert.Equal(alone, SpoiledRun.OnRanks(1, 7, () => SpoiledRun.Of(spec, [3, 4], threads: 3)));
        Assert.Equal(alone, SpoiledRun.OnRanks(2, 7, () => SpoiledRun.Of(spec, [3, 4])));
        Assert.Equal(alone, SpoiledRun.OnRanks(3, 7, () => SpoiledRun.Of(spec, [3, 4], threads: 2)));
        Assert.Equal(alone, SpoiledRun.OnRanks(4, 7, () => SpoiledRun.Of(spec, [3, 4])));
    }

    [Theory]
    [InlineData("method: gmml")]
    [InlineData($"method: mim-clustering\noptions: {{ avoidCollapse: centering, {Heads} }}")]
    public void A_skipped_step_changes_nothing_that_was_learned_and_the_next_one_trains(string method)
    {
        // As another machine might make it: positive, with a payload.
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: skip }", method), [2], BitConverter.Int32BitsToSingle(0x7FC0_0100));
        run.Step(group);
        run.Step(group);
        var before = Learned(run.State);
        var row = run.Step(group);
        Assert.Equal(before, Learned(run.State));
        Assert.Equal((2, 3, 1), (row.Step, run.State.Step, row.NonFinite!.Count));
        Assert.Null(row.NonFinite.BackTo);
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.NaN), BitConverter.DoubleToInt64Bits(row.Losses[0].Value));
        Assert.Null(run.Step(group).NonFinite);
        Assert.NotEqual(before["student"], Learned(run.State)["student"]);
    }

    [Theory]
    [InlineData("{ policy: skip }")]
    [InlineData("{ policy: rollback }")]
    public void Where_every_step_is_finite_the_policy_does_not_show_in_the_weights(string policy)
    {
        var method = $"method: clustering\noptions: {{ freezePrototypes: 1, {Heads} }}";
        Assert.Equal(Weights("{ policy: fail }"), Weights(policy));

        string Weights(string nonFinite)
        {
            using var run = SpoiledRun.Of(SpoiledRun.Spec(nonFinite, method, everySteps: 3), []);
            for (var step = 0; step < 8; step++)
            {
                run.Step(group);
            }

            return run.State.WeightsSha256();
        }
    }

    [Fact]
    public void A_rollback_brings_back_the_last_checkpoints_bits_and_leaves_the_position()
    {
        var method = $"method: mim-clustering\noptions: {{ avoidCollapse: centering, {Heads} }}";
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: rollback }", method, everySteps: 2), [1, 5]);
        var initial = Learned(run.State);
        run.Step(group);
        Assert.Equal(0, run.Step(group).NonFinite!.BackTo);
        Assert.Equal(initial, Learned(run.State));
        run.Step(group);
        run.Step(group);
        var kept = Learned(run.State);
        run.Step(group);
        Assert.NotEqual(kept, Learned(run.State));
        var row = run.Step(group);
        Assert.Equal(kept, Learned(run.State));
        Assert.Equal((4L, 1, 6L), (row.NonFinite!.BackTo, row.NonFinite.Count, run.State.Step));
        // The optimizer's count went back with its moments.
        Assert.Equal(2, run.State.Applied!.OfParameters);
        Assert.Null(run.Step(group).NonFinite);
        Assert.NotEqual(kept, Learned(run.State));
    }

    [Fact]
    public void An_applied_step_ends_the_row_of_skipped_ones()
    {
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: skip, most: 2 }"), [1, 2, 4, 5, 6]);
        Assert.EndsWith("; the step was not applied.", Failure(run, 7), StringComparison.Ordinal);
        Assert.Equal(6, run.State.Step);
    }

    [Fact]
    public void Rollbacks_are_counted_until_a_new_state_is_kept()
    {
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: rollback, most: 2 }", everySteps: 4), [0, 2, 5, 7, 9]);
        Assert.Contains(
            "; 3 rollbacks to the state of step 4 are more than nonFinite.most, 2; the step",
            Failure(run, 12),
            StringComparison.Ordinal
        );
        Assert.Equal(9, run.State.Step);
    }

    [Theory]
    [InlineData("{ policy: skip, most: 2 }", "3 such steps in a row are more than nonFinite.most, 2")]
    [InlineData("{ policy: rollback, most: 2 }", "3 rollbacks to the state of step 1 are more than nonFinite.most, 2")]
    public void The_count_survives_a_checkpoint(string policy, string problem)
    {
        var spec = SpoiledRun.Spec(policy, everySteps: 1);
        using (var run = SpoiledRun.Of(spec, [1, 2, 3]))
        {
            run.Step(group);
            run.Step(group);
            run.Step(group);
            CheckpointFolder.Write(folder, "checkpoint", run.State, spec, "r", 0);
        }

        using var resumed = SpoiledRun.Of(spec, [1, 2, 3]);
        CheckpointFolder.Read(folder, "checkpoint", resumed.State);
        var before = resumed.State.Sha256();
        Assert.Contains(problem, Failure(resumed, 1), StringComparison.Ordinal);
        Assert.Equal(before, resumed.State.Sha256());
    }

    [Fact]
    public void A_run_resumed_between_two_rollbacks_has_the_same_bits()
    {
        var spec = SpoiledRun.Spec("{ policy: rollback }", everySteps: 2);
        using var whole = SpoiledRun.Of(spec, [3, 5]);
        for (var step = 0; step < 4; step++)
        {
            whole.Step(group);
        }

        CheckpointFolder.Write(folder, "checkpoint", whole.State, spec, "r", 0);
        using var resumed = SpoiledRun.Of(spec, [3, 5]);
        CheckpointFolder.Read(folder, "checkpoint", resumed.State);
        Assert.Equal(SpoiledRun.Tell(whole, group, 4), SpoiledRun.Tell(resumed, group, 4));
    }

    [Fact]
    public void A_skipped_step_while_prototypes_are_frozen_does_not_upset_their_optimizer()
    {
        var method = $"method: clustering\noptions: {{ freezePrototypes: 1, {Heads} }}";
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: skip }", method), [1, 4]);
        for (var step = 0; step < 8; step++)
        {
            run.Step(group);
        }

        Assert.All(run.State.Student.Host.Span.ToArray(), weight => Assert.True(float.IsFinite(weight)));
        Assert.Equal((6, 3), (run.State.Applied!.OfParameters, run.State.Applied.OfPrototypes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_gradient_that_is_not_finite_beside_a_finite_loss_names_its_tensor_and_shard(int ranks)
    {
        const string Tensor = "backbone.blocks.1.mlp.fc1.weight";
        var told = SpoiledRun.OnRanks(
            ranks,
            3,
            () => SpoiledRun.OfGradient(SpoiledRun.Spec("{ policy: skip }"), Tensor, float.PositiveInfinity, SpoiledRun.BadShard)
        );
        Assert.Contains(
            $"Step 1 is not finite: gradient of {Tensor}; shard 2 (samples 4, 5); the step was skipped (1 in a row)",
            told,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_sum_that_overflows_over_shards_that_are_finite_names_its_tensor(int ranks)
    {
        const string Tensor = "backbone.blocks.0.attn.proj.bias";
        var told = SpoiledRun.OnRanks(ranks, 3, () => SpoiledRun.OfGradient(SpoiledRun.Spec("{ policy: skip }"), Tensor, 3e38f, 1, 3));
        Assert.Contains(
            $"Step 1 is not finite: gradient of {Tensor}; each shard alone is finite; the step was skipped (1 in a row)",
            told,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_finite_value_that_overflows_in_the_network_names_the_sample()
    {
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: fail }"), [0], bad: 3e38f);
        Assert.Contains($"; shard 2 (tokens; samples {SpoiledRun.BadSample});", Failure(run, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void More_shards_and_tensors_than_can_be_named_are_counted()
    {
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{ policy: fail }"), []);
        run.State.Student.Host.Span[0] = float.NaN;
        var problem = Failure(run, 1);
        Assert.Contains("shard 0 (tokens; samples 0, 1), shard 1 (tokens; samples 2, 3)", problem, StringComparison.Ordinal);
        Assert.Matches(@"gradient of backbone\.cls_token, backbone\.pos_embed, [\w.]+ and \d+ more;", problem);
    }

    public void Dispose()
    {
        group.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The bits of what is learned, by slot.</summary>
    private static Dictionary<string, string> Learned(TrainingState state) =>
        state
            .Slots.Where(slot => slot.Name is "student" or "teacher" or "exp_avg" or "exp_avg_sq" or "centers")
            .ToDictionary(slot => slot.Name, StateDigest.OfSlot, StringComparer.Ordinal);

    private string Failure(TrainingRun run, int steps) =>
        Assert
            .Throws<NonFiniteException>(() =>
            {
                for (var step = 0; step < steps; step++)
                {
                    run.Step(group);
                }
            })
            .Message;
}
