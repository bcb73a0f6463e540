using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Sweeps;

public sealed class SweepTransitionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly List<ISweepEvent> journal = [];
    private SweepState state = SweepWorld.Initial(SweepWorld.Asha(trials: 6, parallel: 2, eta: 2));

    private static SweepSpec Grid { get; } = SweepWorld.Spec("search: grid\nparallel: 2\nfields: { seed: { values: [0, 1, 2] } }\n");

    private IReadOnlyList<ISweepEvent> Take(SweepInput input)
    {
        var decision = SweepTransitions.Decide(state, input, Now);
        state = decision.Events.Aggregate(decision.State, SweepApply.Apply);
        journal.AddRange(decision.Events);
        return decision.Events;
    }

    private void Begin(SweepSpec? spec = null, params (int Trial, string Run)[] submitted)
    {
        state = spec is null ? state : SweepWorld.Initial(spec);
        Take(new SweepRecovered(submitted.ToDictionary(s => s.Trial, s => s.Run)));
    }

    private void Submit(params int[] trials)
    {
        foreach (var trial in trials)
        {
            Take(new TrialSubmitted(trial, $"r-{trial}"));
        }
    }

    private IReadOnlyList<ISweepEvent> See(int trial, RunPhase phase, long step, string reason = "why") =>
        Take(new TrialsSeen(new Dictionary<int, TrialSight> { [trial] = new(phase, step, reason) }));

    private IReadOnlyList<ISweepEvent> Read(int trial, long step, double? value) =>
        Take(new TrialRead(trial, step, new TrialMetric(value)));

    private IReadOnlyList<SweepAction> Actions => SweepActions.Of(state);

    [Fact]
    public void As_many_trials_as_run_at_once_are_submitted_in_order()
    {
        Begin();
        Assert.Equal([new SubmitTrialAction(0), new SubmitTrialAction(1)], Actions);
        Submit(0);
        Assert.Equal([new SubmitTrialAction(1)], Actions);
        Submit(1);
        Assert.Empty(Actions);
    }

    [Fact]
    public void A_trial_that_the_head_has_and_the_sweep_does_not_know_is_not_submitted_again()
    {
        Begin(null, (0, "r-0"));
        Assert.Equal([new SweepAdopted(1, Now), new TrialStarted(0, "r-0", Now)], journal);
        Assert.Equal([new SubmitTrialAction(1)], Actions);
        Submit(0);
        Assert.Equal(2, journal.Count);
    }

    [Fact]
    public void A_rung_is_decided_by_the_rows_up_to_its_step_though_the_run_is_far_beyond()
    {
        Begin();
        Submit(0, 1);
        Assert.Empty(See(0, RunPhase.Running, 19));
        Assert.Empty(Actions);
        Assert.Empty(See(0, RunPhase.Running, 47));
        Assert.Equal([new ReadRowsAction(0, "r-0", 20)], Actions);
        Assert.Equal([new RungDecided(0, 0, 20, 0.5, 1, 1, 1, true, Now)], Read(0, 20, 0.5));
        Assert.Empty(Actions);
    }

    [Fact]
    public void Who_is_not_among_the_best_is_canceled_until_that_shows_and_its_place_is_given_on()
    {
        Begin();
        Submit(0, 1);
        See(0, RunPhase.Running, 20);
        Read(0, 20, 0.5);
        See(1, RunPhase.Running, 25);
        Assert.Equal([new RungDecided(1, 0, 20, 0.6, 2, 2, 1, false, Now)], Read(1, 20, 0.6));
        Assert.Equal([new CancelRunAction(1, "r-1")], Actions);
        See(1, RunPhase.Running, 30);
        Assert.Equal([new CancelRunAction(1, "r-1")], Actions);
        See(1, RunPhase.Canceling, 31);
        Assert.Empty(Actions);
        Assert.Equal([new TrialEnded(1, Outcome.Canceled, 31, null, "why", Now)], See(1, RunPhase.Canceled, 31));
        Assert.Equal([new SubmitTrialAction(2)], Actions);
    }

    [Fact]
    public void A_run_that_is_quicker_than_its_cancellation_counts_as_completed()
    {
        Begin();
        Submit(0, 1);
        See(0, RunPhase.Running, 20);
        Read(0, 20, 0.5);
        See(1, RunPhase.Completed, 200);
        Read(1, 20, 0.6);
        Assert.Equal([new ReadRowsAction(1, "r-1", 200)], Actions);
        Assert.Equal([new TrialEnded(1, Outcome.Completed, 200, 0.3, "why", Now)], Read(1, 200, 0.3));
        Assert.Equal(1, SweepRanking.Best(state)!.Number);
    }

    [Fact]
    public void A_run_that_completes_before_it_was_looked_at_is_decided_at_each_rung_first()
    {
        Begin();
        Submit(0);
        See(0, RunPhase.Completed, 200);
        foreach (var step in (int[])[20, 60, 180])
        {
            Assert.Contains(new ReadRowsAction(0, "r-0", step), Actions);
            Assert.IsType<RungDecided>(Assert.Single(Read(0, step, 1)));
        }

        Assert.Contains(new ReadRowsAction(0, "r-0", 200), Actions);
        Assert.IsType<TrialEnded>(Assert.Single(Read(0, 200, 1)));
    }

    [Fact]
    public void A_failed_trial_counts_as_the_worst_at_the_rung_that_it_did_not_reach_and_is_named()
    {
        Begin();
        Submit(0, 1);
        Assert.Equal(
            [
                new RungDecided(0, 0, 20, null, 1, 1, 1, false, Now),
                new TrialEnded(0, Outcome.Failed, 12, null, "the loss is not finite", Now),
            ],
            See(0, RunPhase.Failed, 12, "the loss is not finite")
        );
        See(1, RunPhase.Running, 20);
        Assert.Equal([new RungDecided(1, 0, 20, 9, 1, 2, 1, true, Now)], Read(1, 20, 9));
        Assert.Contains("1 failed (trial 0)", SweepRanking.Summary(state), StringComparison.Ordinal);
        Assert.Contains(
            "counts as the worst: the loss is not finite",
            SweepWords.Decision(state, state.Trials[0]),
            StringComparison.Ordinal
        );
        Assert.Equal(0, SweepRanking.Order(state, _ => null).TakeWhile(t => t.Run is not null).Last().Number);
    }

    [Fact]
    public void A_run_that_somebody_cancels_counts_at_no_rung()
    {
        Begin();
        Submit(0, 1);
        Assert.Equal([new TrialEnded(0, Outcome.Canceled, 12, null, "why", Now)], See(0, RunPhase.Canceled, 12));
        See(1, RunPhase.Running, 20);
        Assert.Equal([new RungDecided(1, 0, 20, 9, 1, 1, 1, true, Now)], Read(1, 20, 9));
    }

    [Fact]
    public void What_comes_twice_or_late_changes_nothing()
    {
        Begin();
        Submit(0, 1);
        See(0, RunPhase.Running, 20);
        Read(0, 20, 0.5);
        Assert.Empty(Read(0, 20, 0.7));
        Submit(0, 1);
        See(0, RunPhase.Canceled, 30);
        var events = journal.Count;
        See(0, RunPhase.Canceled, 30);
        See(0, RunPhase.Running, 25);
        Read(0, 20, 0.5);
        Assert.Equal(events, journal.Count);
    }

    [Fact]
    public void A_grid_ends_with_its_last_trial_and_names_the_best()
    {
        Begin(Grid);
        Submit(0, 1);
        foreach (var (trial, value) in new[] { (0, 0.5), (1, 0.25), (2, 0.4) })
        {
            Submit(trial);
            See(trial, RunPhase.Completed, 200);
            Read(trial, 200, value);
        }

        var ended = Assert.IsType<SweepEnded>(journal[^1]);
        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal("3 trials: 3 completed; best is trial 1 with loss 0.25: seed=1", ended.Reason);
        Assert.Equal([1, 2, 0], SweepRanking.Order(state, _ => null).Select(t => t.Number));
        Assert.Empty(Actions);
        Assert.Empty(Take(new SweepCancelAsked()));
        Assert.Empty(Take(new SweepRecovered(new Dictionary<int, string>())));
    }

    [Fact]
    public void A_sweep_of_which_no_trial_completes_fails()
    {
        Begin(Grid);
        foreach (var trial in (int[])[0, 1, 2])
        {
            Submit(trial);
            See(trial, RunPhase.Failed, 3);
        }

        Assert.Equal(
            new SweepEnded(Outcome.Failed, "no trial completed with a finite loss: 3 trials: 3 failed (trial 0, 1, 2)", Now),
            journal[^1]
        );
    }

    [Fact]
    public void Canceling_cancels_what_runs_and_submits_nothing_more()
    {
        Begin(Grid);
        Submit(0, 1);
        See(0, RunPhase.Completed, 200);
        Assert.Equal([new SweepStopping(false, "canceled on request", Now)], Take(new SweepCancelAsked()));
        Assert.Empty(Take(new SweepCancelAsked()));
        Assert.Equal([new ReadRowsAction(0, "r-0", 200), new CancelRunAction(1, "r-1")], Actions);
        Read(0, 200, 1);
        See(1, RunPhase.Canceled, 20);
        Assert.Equal(Outcome.Canceled, Assert.IsType<SweepEnded>(journal[^1]).Outcome);
    }

    [Fact]
    public void A_sweep_that_is_canceled_waits_for_a_submission_that_is_under_way_and_cancels_that_too()
    {
        Begin(Grid);
        state = state.Asking(0);
        Take(new SweepCancelAsked());
        Assert.Null(state.End);
        Submit(0);
        Assert.Equal([new CancelRunAction(0, "r-0")], Actions);
        See(0, RunPhase.Canceled, 0);
        Assert.NotNull(state.End);
    }

    [Fact]
    public void A_metric_that_no_run_has_ends_the_sweep_with_those_that_they_have()
    {
        Begin();
        Submit(0, 1);
        See(0, RunPhase.Running, 20);
        Take(new TrialRead(0, 20, new TrialMetric(null, "metric: recon – no such")));
        Assert.Equal(new SweepStopping(true, "metric: recon – no such", Now), journal.OfType<SweepStopping>().Single());
        Assert.Equal([new CancelRunAction(0, "r-0"), new CancelRunAction(1, "r-1")], Actions);
        See(0, RunPhase.Canceled, 21);
        See(1, RunPhase.Canceled, 3);
        Assert.Equal(Outcome.Failed, Assert.IsType<SweepEnded>(journal[^1]).Outcome);
    }

    [Fact]
    public void A_trial_that_is_no_valid_run_any_more_ends_the_sweep()
    {
        Begin(Grid);
        state = state.Asking(0);
        Take(new TrialRefused(0, "batch.size: 3"));
        var ended = Assert.IsType<SweepEnded>(journal[^1]);
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("trial 0 makes no valid run: batch.size: 3", ended.Reason, StringComparison.Ordinal);
    }
}
