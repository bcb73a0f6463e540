using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>
/// What becomes of a sweep: a function of its state, an input and the time. Decisions on trials depend on their rows at exactly a rung's step, and on the
/// order in which they reached it, on nothing else.
/// </summary>
public static class SweepTransitions
{
    public static SweepDecision Decide(SweepState state, SweepInput input, DateTimeOffset now)
    {
        var events = new List<ISweepEvent>();
        state = Absorb(state, input);
        var then = state;
        if (state.End is not null)
        {
            return new SweepDecision(state, events);
        }

        foreach (var given in Given(state, input, now))
        {
            Add(given);
        }

        while (Next(then, now) is { } next)
        {
            Add(next);
        }

        return new SweepDecision(state, events);

        void Add(ISweepEvent @event)
        {
            events.Add(@event);
            then = SweepApply.Apply(then, @event);
        }
    }

    /// <summary>What is not journaled.</summary>
    private static SweepState Absorb(SweepState state, SweepInput input) =>
        input switch
        {
            TrialsSeen seen => seen.Sights.Aggregate(state, (s, sight) => s.With(s.Trials[sight.Key] with { Sight = sight.Value })),
            TrialRead read => state.With(
                state.Trials[read.Trial] with
                {
                    Read = state.Trials[read.Trial].Read.SetItem(read.Step, read.Metric),
                }
            ) with
            {
                Obstacle = state.Obstacle ?? read.Metric.Problem,
            },
            TrialRefused refused => state with
            {
                Asked = state.Asked.Remove(refused.Trial),
                Obstacle = state.Obstacle ?? $"trial {refused.Trial} makes no valid run: {refused.Problem}",
            },
            _ => state,
        };

    /// <summary>What the input itself says.</summary>
    private static IEnumerable<ISweepEvent> Given(SweepState state, SweepInput input, DateTimeOffset now)
    {
        switch (input)
        {
            case SweepRecovered recovered:
                yield return new SweepAdopted(state.Epoch + 1, now);
                // The coordinator before this one ended after the head's append and before the sweep's.
                foreach (var (trial, run) in recovered.Submitted.Where(s => state.Trials[s.Key].Run is null).OrderBy(s => s.Key))
                {
                    yield return new TrialStarted(trial, run, now);
                }

                break;
            case TrialSubmitted submitted when state.Trials[submitted.Trial].Run is null:
                yield return new TrialStarted(submitted.Trial, submitted.Run, now);
                break;
            case SweepCancelAsked when state.Stopping is null:
                yield return new SweepStopping(false, "canceled on request", now);
                break;
            default:
                break;
        }
    }

    private static ISweepEvent? Next(SweepState state, DateTimeOffset now)
    {
        if (state.End is not null)
        {
            return null;
        }

        if (state is { Stopping: null, Obstacle: { } obstacle })
        {
            return new SweepStopping(true, obstacle, now);
        }

        return state.Trials.Where(trial => trial.IsLive).Select(trial => OfTrial(state, trial, now)).FirstOrDefault(e => e is not null)
            ?? Ended(state, now);
    }

    private static ISweepEvent? OfTrial(SweepState state, TrialState trial, DateTimeOffset now) =>
        TrialTurn.Of(state, trial) switch
        {
            AtRung at when trial.Read.TryGetValue(at.Step, out var metric) => Decided(state, trial, at.Rung, metric.Value, now),
            FailsBefore before => Decided(state, trial, before.Rung, null, now),
            AtEnd at when trial.Read.TryGetValue(at.Step, out var metric) => Ended(trial, metric.Value, now),
            Ends => Ended(trial, null, now),
            _ => null,
        };

    private static TrialEnded Ended(TrialState trial, double? value, DateTimeOffset now)
    {
        var sight = trial.Sight!;
        var outcome = sight.Phase switch
        {
            RunPhase.Completed => Outcome.Completed,
            RunPhase.Failed => Outcome.Failed,
            _ => Outcome.Canceled,
        };
        return new TrialEnded(trial.Number, outcome, sight.Step, value, sight.Reason, now);
    }

    private static RungDecided Decided(SweepState state, TrialState trial, int rung, double? value, DateTimeOffset now)
    {
        var place = HalvingRule.Place([.. state.Rungs[rung].Select(r => r.Value)], value, state.Spec.Asha!.Eta, state.Spec.Mode);
        return new RungDecided(
            trial.Number,
            rung,
            state.Spec.Rungs[rung],
            value,
            place.Place,
            place.Reached,
            place.Best,
            place.GoesOn,
            now
        );
    }

    /// <summary>Once no trial runs, and none is to be or may have been submitted.</summary>
    private static SweepEnded? Ended(SweepState state, DateTimeOffset now)
    {
        var waits = state.Stopping is null ? state.Trials.Exists(t => t.End is null) : state.Trials.Exists(t => t.IsLive);
        if (waits || !state.Asked.IsEmpty)
        {
            return null;
        }

        var outcome = SweepRanking.Summary(state);
        return state.Stopping switch
        {
            { Failed: true, Reason: var reason } => new SweepEnded(Outcome.Failed, $"{reason}; {outcome}", now),
            { Reason: var reason } => new SweepEnded(Outcome.Canceled, $"{reason}; {outcome}", now),
            null when SweepRanking.Best(state) is null => new SweepEnded(
                Outcome.Failed,
                $"no trial completed with a finite {state.Spec.Metric}: {outcome}",
                now
            ),
            null => new SweepEnded(Outcome.Completed, outcome, now),
        };
    }
}
