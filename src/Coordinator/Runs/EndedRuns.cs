using Orchestrator.Coordinator.Errands;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What the journal holds of runs that have ended: such a run needs no actor before somebody speaks to it. Pure.</summary>
public static class EndedRuns
{
    private static readonly RunProgress NoRows = RowLedger.Nothing();

    /// <summary>The run as it ended; null when it has not, or when its actor has something to do or to say: a probe to order, a gap in its journal.</summary>
    /// <param name="initial">As it was submitted.</param>
    /// <param name="events">All of its journal.</param>
    public static RunState? Of(RunState initial, IReadOnlyList<JournaledEvent> events, DateTimeOffset now)
    {
        var state = initial;
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Sequence != i + 1)
            {
                return null;
            }

            state = RunApply.Apply(state, events[i].Event);
        }

        if (state.End is null)
        {
            return null;
        }

        var decision = RunTransitions.Decide(state, new Recovered(), now);
        return decision.Events.Count > 0 || AwaitsProbes(state) ? null : decision.State;
    }

    /// <summary>How far a run got, where its journal has what only all of its rows would tell otherwise; null where it has not.</summary>
    /// <param name="last">The run's newest rows, oldest first.</param>
    public static RunProgress? Progress(RunState ended, IReadOnlyList<StepRow> last) =>
        (ended.Trained, last) switch
        {
            (_, []) => NoRows,
            ({ } trained, [.., var newest]) => new RunProgress(newest.Step + 1, trained.LossesSha256 ?? "", trained.FirstLoss, last)
            {
                AuditSha256 = trained.AuditSha256,
            },
            _ => null,
        };

    /// <summary>As it was submitted, for its actor to begin from; what is known of its rows stays.</summary>
    public static RunState Initial(RunState ended) =>
        new()
        {
            Run = ended.Run,
            Spec = ended.Spec,
            SpecJson = ended.SpecJson,
            RunKey = ended.RunKey,
            CreatedAt = ended.CreatedAt,
            User = ended.User,
            SpecSha256 = ended.SpecSha256,
            ClonedFrom = ended.ClonedFrom,
            SubmittedLabels = ended.SubmittedLabels,
            Trial = ended.Trial,
            Timers = ended.Timers,
            Progress = ended.Progress,
        };

    private static bool AwaitsProbes(RunState state) =>
        state.End == RunPhase.Completed
        && state.Kept.LastOrDefault() is { } newest
        && ProbeOrders.Due(state, newest).Any(probe => !state.Evaluations.Exists(e => e.Key == probe.Key));
}
