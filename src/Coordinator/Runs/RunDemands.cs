using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Scheduling;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What a run tells the head about itself.</summary>
public static class RunDemands
{
    public static RunReport Report(RunState state, long offerNumber)
    {
        var claimed = state.Workers.Values.Where(w => !w.Leaving).Select(w => w.WorkerId).ToArray();
        var ranks = (state.End is null ? state.Generation?.Members : null)
            ?.Select((m, rank) => (m.WorkerId, rank))
            .ToDictionary(m => m.WorkerId, m => m.rank, StringComparer.Ordinal);
        return new RunReport(state.Run, RunViewer.Phase(state), Of(state), offerNumber, claimed, ranks ?? [])
        {
            Owner = state.Owner,
            Priority = state.Terms.Priority,
            WaitsSince = state.StoppedAt ?? state.CreatedAt,
            Gang = Gang(state),
            Use = state.Use,
        };
    }

    private static TrainingGang? Gang(RunState state) =>
        state is { Mode: RunMode.Watching or RunMode.Preparing or RunMode.Seeking, Formed: { } formed }
            ? new TrainingGang(
                state.Terms.MinWorkers,
                [.. formed.Record.Members.Select(m => m.WorkerId)],
                [.. state.Workers.Values.Where(w => w.Recalled).Select(w => w.WorkerId)],
                formed.At,
                RecallRules.GivesBack(state)
            )
            : null;

    /// <summary>What the run wants of the scheduler; null: nobody.</summary>
    public static RunDemand? Of(RunState state)
    {
        // Whose workers another is to have does not ask for them in the same breath.
        if (state.Recall is not null || state.Cancel is not null || state is { Pause: not null, Trained: null })
        {
            return null;
        }

        var excluded = state.Excluded.Order(StringComparer.Ordinal).ToArray();
        var members = state.Generation?.Members.Select(m => m.WorkerId).ToArray() ?? [];
        var there = state.Workers.Values.Count(w => w is { GivenUp: false, Leaving: false, MayTrain: true });
        SlowWorker[] slow =
        [
            .. state.Replaced.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new SlowWorker(r.Key, r.Value.Until)),
        ];
        RunDemand Demand(DemandKind kind, int min, int max, DateTimeOffset? notBefore = null) =>
            new(
                kind,
                min,
                max,
                state.Spec.Workers.Device,
                kind == DemandKind.Evaluation ? null : state.Formed?.Fingerprint,
                notBefore,
                excluded,
                members
            )
            {
                Slow = kind is DemandKind.Growth or DemandKind.More && there >= state.Terms.MinWorkers ? slow : [],
            };
        switch (state.Mode)
        {
            case RunMode.Seeking:
                return Demand(DemandKind.Gang, state.Terms.MinWorkers, state.MostRanks);
            case RunMode.Preparing:
                return there < state.MostRanks ? Demand(DemandKind.More, 1, state.MostRanks - there) : null;
            // Whom it would not take any more it does not ask for: it would be given the same one again at once, and again.
            case RunMode.Watching when state.Started && !WatchingRules.EndsSoon(state):
                // More ranks that leave the largest share as it is would stall the run for nothing.
                var (ranks, shards) = (members.Length, state.Spec.Batch.Shards);
                int Share(int count) => (shards + count - 1) / count;
                var least = Enumerable
                    .Range(1, Math.Max(0, state.MostRanks - ranks))
                    .FirstOrDefault(more => Share(ranks + more) < Share(ranks));
                var replaceable = StragglerRules.Replaceable(state).Count;
                least = replaceable > 0 ? 1 : least;
                return least == 0
                    ? null
                    : Demand(
                        DemandKind.Growth,
                        least,
                        state.MostRanks - ranks + replaceable,
                        state.Formed!.At + state.Timers.GrowthHoldOff
                    ) with
                    {
                        Parted = Blames.OfMembers(state),
                    };
            case RunMode.Evaluating when state.Evaluation is null && state.Evaluator is null && !state.Workers.Values.Any(w => w.Offered):
                return Demand(DemandKind.Evaluation, 1, 1);
            default:
                return null;
        }
    }
}
