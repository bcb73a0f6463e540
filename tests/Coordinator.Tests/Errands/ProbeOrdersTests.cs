using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Errands;

public sealed class ProbeOrdersTests
{
    private const string Spec = """
        method: mim-clustering
        data: { images: a, labels: b, holdOut: 10 }
        budget: { steps: 100 }
        probes: [ { protocol: knn, everySteps: 20 }, { protocol: low-shot, everySteps: 20 }, { protocol: linear, everySteps: 50 } ]
        """;

    [Fact]
    public void A_checkpoint_is_judged_for_every_interval_that_it_is_the_first_one_past()
    {
        var state = State(Spec);
        Assert.Empty(Due(ref state, 19));
        var first = Assert.Single(Due(ref state, 25));
        Assert.Equal((25L, true), (first.Named.Step, first.IsProbe));
        var evaluation = EvaluationSpecParser.Parse(first.EvaluationJson, state.Spec).Spec!;
        Assert.Equal([EvaluationProtocol.Knn, EvaluationProtocol.LowShot], evaluation.Protocols);
        Assert.Equal((SampleView.Unaligned, false), (evaluation.View, evaluation.Baselines));
        Assert.Empty(Due(ref state, 39));
        Assert.Equal(2, Due(ref state, 75).Count);
        Assert.Single(Due(ref state, 80));
        // The last step is judged at the run's end.
        Assert.Empty(Due(ref state, 100));
    }

    [Fact]
    public void Evaluations_of_a_spec_judge_the_last_checkpoint_too_by_any_protocol()
    {
        var state = State(
            Spec.Replace("budget: { steps: 100 }", "budget: { epochs: 10 }", StringComparison.Ordinal)
                + """

                evaluations:
                  - { everyEpochs: 4, evaluation: { protocols: [finetune], finetune: { budget: { steps: 10 } } } }
                  - { evaluation: { protocols: [knn], neighbors: 5 } }
                """
        );
        EvaluationSpec Asked(EvaluationOrder order) => EvaluationSpecParser.Parse(order.EvaluationJson, state.Spec).Spec!;
        Assert.DoesNotContain(Due(ref state, 20), order => Asked(order).Finetune is not null);
        Assert.Equal(10, Assert.Single(Due(ref state, 45), order => Asked(order).Finetune is not null).Named.Step / 4 - 1);
        Assert.Empty(Due(ref state, 49));
        Assert.Equal(
            [EvaluationProtocol.Finetune, EvaluationProtocol.Knn],
            Due(ref state, 100).Select(order => Assert.Single(Asked(order).Protocols))
        );
    }

    [Fact]
    public void A_run_whose_probes_are_for_its_end_has_none_on_the_way()
    {
        var state = State(
            Spec.Replace(", everySteps: 20", "", StringComparison.Ordinal).Replace(", everySteps: 50", "", StringComparison.Ordinal)
        );
        Assert.Empty(Due(ref state, 50));
        Assert.DoesNotContain("everySteps\":2", state.SpecJson, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_probe_takes_the_place_of_one_that_nobody_has_begun_and_of_nothing_else()
    {
        var state = State(Spec);
        var older = Assert.Single(Due(ref state, 20));
        var newer = Assert.Single(Due(ref state, 40));
        Assert.True(newer.Replaces(older));
        Assert.False(older.Replaces(newer));
        Assert.False(newer.Replaces(older with { IsProbe = false }));
        Assert.False((newer with { IsProbe = false }).Replaces(older));
        Assert.False(newer.Replaces(older with { EvaluationJson = "{}" }));
    }

    [Fact]
    public void What_was_judged_of_checkpoints_that_a_run_goes_back_from_counts_no_more_and_the_next_one_is_judged_anew()
    {
        var state = State(Spec);
        var (first, doubtful) = (Assert.Single(Due(ref state, 20)), Assert.Single(Due(ref state, 40)));
        foreach (var order in (EvaluationOrder[])[first, doubtful])
        {
            state = RunApply.Apply(state, new RunEvaluated(order.Key, "a", "{}", "text", DateTimeOffset.UnixEpoch));
        }

        state = RunApply.Apply(
            state,
            new CorruptionFound(CorruptionKind.State, 45, ["b#1"], true, 25, 20, "p", 2, "why", DateTimeOffset.UnixEpoch)
        );
        Assert.Equal(first.Key, Assert.Single(state.Evaluations).Key);
        var other = Assert.Single(Due(ref state, 40, "other"));
        Assert.Equal(40, other.Named.Step);
        Assert.NotEqual(doubtful.Key, other.Key);
        Assert.True(other.Named.IsOf(40, "other"));
    }

    private static RunState State(string document)
    {
        var spec = RunSpecParser.Parse(document).Spec!;
        return new RunState
        {
            Run = "r-1",
            Spec = spec,
            SpecJson = RunSpecJson.Write(spec),
            RunKey = new byte[32],
            CreatedAt = DateTimeOffset.UnixEpoch,
            Timers = new RunTimers(),
        };
    }

    private static List<EvaluationOrder> Due(ref RunState state, long step, string digest = "d")
    {
        var completed = new CheckpointCompleted(
            1,
            step,
            digest,
            1,
            $"runs/r-1/checkpoints/step-{step}",
            "m",
            "w",
            "a",
            100,
            DateTimeOffset.UnixEpoch
        );
        state = RunApply.Apply(state, completed);
        return [.. ProbeOrders.Due(state, completed)];
    }
}
