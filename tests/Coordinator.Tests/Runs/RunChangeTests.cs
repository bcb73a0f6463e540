using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>Claim, bounds, labels and note of a run that was submitted.</summary>
public sealed class RunChangeTests
{
    private static ChangeAsked Change(string document) => new("ada", RunChangeParser.Parse(document).Change!);

    private static RunHarness Trains(int min, int max, params string[] ids)
    {
        var run = new RunHarness(min: min, max: max).Trains(ids);
        foreach (var id in ids)
        {
            run.Run(id, 7);
        }

        return run;
    }

    [Fact]
    public void A_change_is_one_event_with_who_did_it_and_holds_after_a_restart()
    {
        var run = new RunHarness();
        run.Take(Change("""{"priority":5,"workers":{"min":2},"labels":{"team":"vision","old":null},"note":"a try"}"""));
        var changed = Assert.Single(run.Events.OfType<RunChanged>());
        Assert.Equal(("ada", 5, 2, null), (changed.By, changed.Priority, changed.MinWorkers, changed.MaxWorkers));
        Assert.Equal("ada changed priority to 5, workers.min to 2, label team to vision, its note to: a try", RunHistory.Text(changed));
        // What holds already is no change, and a label that is not there is not removed again.
        run.Take(Change("""{"priority":5,"workers":{"max":4},"labels":{"team":"vision","old":null},"note":"a try"}"""));
        Assert.Equal(1, run.Count<RunChanged>());
        run.Take(Change("""{"labels":{"team":null,"stage":"2"},"note":null}"""));
        run.RestartCoordinator();
        Assert.Equal(new RunTerms(5, 2, 4), run.State.Terms);
        Assert.Equal([KeyValuePair.Create("stage", "2")], run.State.Labels);
        Assert.Null(run.State.Note);
        // The spec stays what was submitted.
        Assert.Equal((0, 1), (run.State.Spec.Priority, run.State.Spec.Workers.Min));
        var report = RunDemands.Report(run.State, 1);
        Assert.Equal((5, 2, 4), (report.Priority, report.Demand!.Min, report.Demand.Max));
    }

    [Theory]
    [InlineData("{workers: {min: 5}}", "workers.min: 5 – must not be above workers.max, 4")]
    [InlineData("{workers: {max: 1}}", "workers.max: 1 – must not be below workers.min, 2")]
    [InlineData("{workers: {max: 9}}", "workers.max: 9 – must not be above batch.shards, 8")]
    public void Bounds_that_cannot_be_beside_the_other_ones_are_refused_by_name(string document, string says)
    {
        var run = new RunHarness(min: 2);
        var refused = AskingRules.Refusal(run.State, Change(document))!;
        Assert.Equal(RunRefusalKind.Wrong, refused.Kind);
        Assert.StartsWith(says, Assert.Single(refused.Errors).ToString(), StringComparison.Ordinal);
        run.Take(Change(document));
        Assert.Equal(0, run.Count<RunChanged>());
    }

    [Fact]
    public void Thirty_two_labels_and_no_more()
    {
        var run = new RunHarness();
        string Labels(int from, int count) => $"{{labels: {{{string.Join(", ", Enumerable.Range(from, count).Select(i => $"k{i}: v"))}}}}}";
        run.Take(Change(Labels(0, 32)));
        Assert.Equal(32, run.State.Labels.Count);
        Assert.Contains(
            "at most 32",
            AskingRules.Refusal(run.State, Change("{labels: {more: v}}"))!.Errors[0].Problem,
            StringComparison.Ordinal
        );
        Assert.Null(AskingRules.Refusal(run.State, Change("{labels: {k0: null, more: v}}")));
    }

    [Fact]
    public void Of_a_run_that_has_ended_labels_and_note_alone_change()
    {
        var run = new RunHarness();
        run.Take(new CancelAsked());
        Assert.Equal(RunRefusalKind.NotNow, AskingRules.Refusal(run.State, Change("{priority: 1, note: x}"))!.Kind);
        run.Take(Change("{labels: {kept: yes}, note: the good one}"));
        run.RestartCoordinator();
        Assert.Equal(("the good one", RunPhase.Canceled), (run.State.Note, RunViewer.Phase(run.State)));
        Assert.Equal("yes", run.State.Labels["kept"]);
    }

    [Fact]
    public void A_lower_maximum_gives_the_last_ranks_back_after_a_step_and_loses_none()
    {
        var run = Trains(1, 4, "a", "b", "c");
        run.Take(Change("{workers: {max: 1}}"));
        var prepared = run.Events.OfType<GenerationPrepared>().Last();
        Assert.Equal((9L, false), (prepared.StopAfterStep!.Value, prepared.Loss));
        Assert.Equal("workers.max is 1 now: b, c is given back", prepared.Cause);
        foreach (var id in (string[])["a", "b", "c"])
        {
            run.Promise(id, heldStep: 9);
        }

        var formed = run.Events.OfType<GenerationFormed>().Last();
        Assert.Equal(["a"], formed.Record.Members.Select(m => m.WorkerId));
        Assert.Equal((9L, 0L, false), (formed.Record.BaseStep, formed.StepsLost, formed.Recovery));
        run.Ready("a");
        Assert.Equal("released", Assert.Single(run.SentTo<Leave>("b")).Reason);
        Assert.Null(RunDemands.Of(run.State));
        // More again: it grows as any run does.
        run.Take(Change("{workers: {max: 2}}"));
        Assert.Equal((DemandKind.Growth, 1), (RunDemands.Of(run.State)!.Kind, RunDemands.Of(run.State)!.Max));
    }

    [Fact]
    public void A_lower_maximum_while_a_generation_forms_takes_effect_once_it_trains()
    {
        var run = new RunHarness(min: 1, max: 4);
        run.Offer("a", "b");
        run.Promise("a");
        run.Take(Change("{workers: {max: 1}}"));
        run.Promise("b");
        Assert.Equal(["a"], run.Generation.Members.Select(m => m.WorkerId));
        run.Ready("a");
        Assert.Single(run.SentTo<Leave>("b"));
    }

    [Fact]
    public void A_higher_minimum_than_there_are_members_makes_the_run_wait_and_go_on_when_one_comes()
    {
        var run = Trains(1, 4, "a");
        run.Take(Change("{workers: {min: 2}}"));
        Assert.Equal(
            ("workers.min is 2 now, 1 trains", 9L),
            (run.Events.OfType<GenerationPrepared>().Last().Cause, run.Events.OfType<GenerationPrepared>().Last().StopAfterStep)
        );
        run.Promise("a", heldStep: 9);
        Assert.Equal(RunPhase.Waiting, RunViewer.Phase(run.State));
        Assert.Equal(9, Assert.Single(run.SentTo<WriteCheckpoint>("a")).MinimumStep);
        Assert.Equal(DemandKind.More, RunDemands.Of(run.State)!.Kind);
        run.Offer("b");
        run.Promise("b");
        Assert.Equal((9L, 2), (run.Generation.BaseStep, run.Generation.Members.Count));
    }

    [Fact]
    public void A_minimum_that_is_lowered_again_lets_a_run_that_waits_go_on()
    {
        var run = Trains(1, 4, "a");
        run.Take(Change("{workers: {min: 2}}"));
        run.Promise("a", heldStep: 9);
        run.Take(Change("{workers: {min: 1}}"));
        Assert.Equal(9, run.Generation.BaseStep);
        run.Ready("a");
        Assert.Equal(RunPhase.Running, RunViewer.Phase(run.State));
    }

    [Fact]
    public void Near_the_end_nobody_stops_for_other_bounds()
    {
        var run = Trains(1, 4, "a", "b");
        run.Run("a", 98);
        run.Run("b", 98);
        var prepared = run.Count<GenerationPrepared>();
        run.Take(Change("{workers: {max: 1}}"));
        Assert.Equal(prepared, run.Count<GenerationPrepared>());
    }
}
