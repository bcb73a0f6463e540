using System.Collections.Immutable;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// How a run gives members back, that another one is to have or a user takes from it: they are left out of the next generation after a step that all are told of beforehand, as who
/// drains is. A run that is to give all of them writes a checkpoint, sets them free and waits; it goes on from there.
/// </summary>
internal static class RecallRules
{
    /// <summary>Kind of the note in the journal that says that a run was stopped for another.</summary>
    public const string Stopped = "preempted";

    /// <summary>Marks who is to go; no change where the run cannot do without them, or gives nobody now.</summary>
    public static RunState Take(RunState state, MembersRecalled recalled)
    {
        var members = state.Generation?.Members.Select(m => m.WorkerId).ToArray() ?? [];
        var going = recalled.Stops ? [.. state.Workers.Keys] : recalled.Workers.Where(state.Workers.ContainsKey).ToArray();
        return !GivesBack(state) || (!recalled.Stops && members.Except(going).Count() < state.Terms.MinWorkers)
            ? state
            : state with
            {
                Recall = new RecallOrder(recalled.Stops, recalled.Reason),
                Workers = state.Workers.SetItems(going.Select(id => KeyValuePair.Create(id, state.Workers[id] with { Recalled = true }))),
            };
    }

    /// <summary>Whether members can be recalled now: a generation trains, and not only for its last steps.</summary>
    public static bool GivesBack(RunState state) =>
        state is { Mode: RunMode.Watching, Started: true, Recall: null, Cancel: null, Pause: null } && !WatchingRules.EndsSoon(state);

    /// <summary>Every worker is to go, whatever the run does now: it writes a checkpoint of what they hold first.</summary>
    public static RunState StopAll(RunState state, RecallCause cause, string reason) =>
        state with
        {
            Recall = new RecallOrder(true, reason, cause),
            // However long it has waited for something else: its checkpoint has its whole time.
            WaitingReason = null,
            WaitingSince = null,
            Workers = state.Workers.ToImmutableSortedDictionary(w => w.Key, w => w.Value with { Recalled = true }, StringComparer.Ordinal),
        };

    /// <summary>The run keeps whom it was to give: it cannot do without them any more, or could not write its checkpoint in time.</summary>
    public static RunState Forget(RunState state) =>
        state with
        {
            Recall = null,
            Workers = state.Workers.ToImmutableSortedDictionary(w => w.Key, w => w.Value with { Recalled = false }, StringComparer.Ordinal),
        };
}
