namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What an event makes of a sweep: the same when it happens and when the journal is read back.</summary>
public static class SweepApply
{
    public static SweepState Apply(SweepState state, ISweepEvent @event) =>
        @event switch
        {
            SweepAdopted adopted => state with { Epoch = adopted.Epoch },
            TrialStarted started => state.With(state.Trials[started.Trial] with { Run = started.Run }) with
            {
                Asked = state.Asked.Remove(started.Trial),
            },
            RungDecided decided => Decided(state, decided),
            TrialEnded ended => state.With(state.Trials[ended.Trial] with { End = ended, Read = [] }),
            SweepStopping stopping => state with { Stopping = state.Stopping ?? stopping },
            SweepEnded ended => state with { End = ended },
            _ => state,
        };

    private static SweepState Decided(SweepState state, RungDecided decided)
    {
        var trial = state.Trials[decided.Trial];
        return state.With(trial with { Rungs = trial.Rungs.Add(decided), Read = trial.Read.Remove(decided.Step) }) with
        {
            Rungs = state.Rungs.SetItem(decided.Rung, state.Rungs[decided.Rung].Add(decided)),
        };
    }
}
