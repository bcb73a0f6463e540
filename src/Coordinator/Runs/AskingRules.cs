using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>What users may ask of a run, and what the journal gets of it. Asked twice, it is done once.</summary>
public static class AskingRules
{
    /// <summary>Why it cannot be; null: it can, or was done already.</summary>
    public static RunRefused? Refusal(RunState state, RunAsked asked) =>
        asked switch
        {
            ChangeAsked change => Refusal(state, change.Change),
            RetryAsked => state switch
            {
                { End: RunPhase.Completed } => NotNow($"Run {state.Run} has completed: a clone of it is a new run."),
                { End: null, Retried: null } => NotNow($"Run {state.Run} has not ended: {RunViewer.Reason(state)}."),
                _ => null,
            },
            _ when state.End is not null => NotNow($"Run {state.Run} has ended: {state.EndReason}."),
            PauseAsked or ResumeAsked when state.Cancel is { } cancel => NotNow(
                $"Run {state.Run} is being canceled: {StopRules.Words(cancel)}."
            ),
            PauseAsked when state.Pause is null && Finishing(state) is { } finishing => NotNow($"Run {state.Run} {finishing}."),
            _ => null,
        };

    /// <summary>What is to be persisted; nothing where it holds already.</summary>
    public static IReadOnlyList<IRunEvent> Events(RunState state, RunAsked asked, DateTimeOffset now) =>
        asked switch
        {
            ChangeAsked change => Changes(state, change, now),
            PauseAsked when state.Pause is null => [new PauseRequested(asked.By, now)],
            ResumeAsked when state.Pause is not null => [new PauseLifted(asked.By, null, now)],
            // Who woke an ended run has not adopted it.
            RetryAsked when state.End is not null => [new RunRetried(asked.By, now), new RunAdopted(state.Epoch + 1, now)],
            CancelAsked when state.Cancel is null => [new CancelRequested(now, asked.By)],
            KillAsked when state.Cancel is not { AtOnce: true } => [new CancelRequested(now, asked.By, AtOnce: true)],
            _ => [],
        };

    /// <summary>Why a run is past being paused; null: it is not.</summary>
    private static string? Finishing(RunState state) =>
        state switch
        {
            { Trained: not null } or { Mode: RunMode.Finishing } => "has trained all its steps and is finishing",
            { Mode: RunMode.Watching } when WatchingRules.EndsSoon(state) => "is within two steps of its end and finishes",
            _ => null,
        };

    private static RunRefused? Refusal(RunState state, RunChange change)
    {
        var (min, max) = (change.MinWorkers ?? state.Terms.MinWorkers, change.MaxWorkers ?? state.Terms.MaxWorkers);
        var errors = new List<SpecError>();
        void Wrong(string path, int value, string problem) => errors.Add(new SpecError(path, $"{value}", problem));
        if (change.MinWorkers > max)
        {
            Wrong("workers.min", min, $"must not be above workers.max, {max}");
        }
        else if (change.MaxWorkers < min)
        {
            Wrong("workers.max", max, $"must not be below workers.min, {min}");
        }

        if (change.MaxWorkers > state.Spec.Batch.Shards)
        {
            Wrong("workers.max", max, $"must not be above batch.shards, {state.Spec.Batch.Shards}: a worker needs a shard of its own");
        }

        var labels = Labels(state, change.Labels).Count;
        if (labels > RunLabels.Most)
        {
            Wrong("labels", labels, $"a run has at most {RunLabels.Most}");
        }

        return errors.Count > 0 ? new RunRefused(RunRefusalKind.Wrong, "") { Errors = errors }
            : state.End is not null && (change.Priority ?? change.MinWorkers ?? change.MaxWorkers) is not null
                ? NotNow($"Run {state.Run} has ended ({state.EndReason}): only its labels and its note can be changed.")
            : null;
    }

    private static IReadOnlyList<IRunEvent> Changes(RunState state, ChangeAsked asked, DateTimeOffset now)
    {
        var (change, terms) = (asked.Change, state.Terms);
        var labels = change.Labels.Where(l => state.Labels.GetValueOrDefault(l.Key) != l.Value).ToDictionary(StringComparer.Ordinal);
        var changed = new RunChanged(
            Other(change.Priority, terms.Priority),
            Other(change.MinWorkers, terms.MinWorkers),
            Other(change.MaxWorkers, terms.MaxWorkers),
            labels,
            change.Note == state.Note ? null : change.Note,
            asked.By,
            now
        );
        return changed is { Priority: null, MinWorkers: null, MaxWorkers: null, Labels.Count: 0, Note: null } ? [] : [changed];
    }

    /// <summary>The labels after a change of some.</summary>
    public static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Labels(
        RunState state,
        IReadOnlyDictionary<string, string?> change
    ) =>
        state
            .Labels.RemoveRange(change.Keys)
            .AddRange(change.Where(l => l.Value is not null).Select(l => KeyValuePair.Create(l.Key, l.Value!)));

    private static int? Other(int? asked, int now) => asked == now ? null : asked;

    private static RunRefused NotNow(string text) => new(RunRefusalKind.NotNow, text);
}
