using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests;

/// <summary>The naive variants of docs/protocol.md, section 13: thin changes of the product's transitions, or of what they stand on.</summary>
internal static class NaiveVariants
{
    private const string ForEver = "given up: ";

    /// <summary>Trap 1: what a rank says of its progress counts as the state that it holds.</summary>
    public static readonly ProtocolRules FormsFromProgress = new()
    {
        Coordinator = (state, input, now) =>
            RunTransitions.Decide(
                state,
                input is Heard heard && state.Mode == RunMode.Preparing ? new Heard(AsPromised(state, heard.Status)) : input,
                now
            ),
    };

    /// <summary>Trap 2.</summary>
    public static readonly ProtocolRules SendsBeforeItPersists = new() { PersistsFirst = false };

    /// <summary>Trap 3.</summary>
    public static readonly ProtocolRules JournalWithoutFence = new() { JournalIsFence = false };

    /// <summary>Trap 4.</summary>
    public static readonly ProtocolRules OneCheckpointName = new() { NameCheckpoint = _ => "runs/r-1/checkpoints/last" };

    /// <summary>Trap 5.</summary>
    public static readonly ProtocolRules CopiesInPlace = new() { CopiesAside = false };

    /// <summary>Trap 6: the process ends with its last step.</summary>
    public static readonly ProtocolRules ExitsWhenFinished = new() { StaysAtTheEnd = false };

    /// <summary>Trap 6: who drains leaves at its own boundary.</summary>
    public static readonly ProtocolRules DrainsAlone = new()
    {
        Agent = (state, happened, now) =>
            AgentTransitions.Decide(state, happened, now) is var decided && happened is DrainRequested
                ? decided with
                {
                    Effects = [.. decided.Effects, new Exit("drained")],
                }
                : decided,
    };

    /// <summary>Trap 7: only what workers hold is looked at when a base is chosen.</summary>
    public static readonly ProtocolRules BaseFromSurvivors = new()
    {
        Coordinator = (state, input, now) =>
        {
            if (state.Mode != RunMode.Preparing || state.Announced.Count > 0 || input is CheckpointAnnounced)
            {
                return RunTransitions.Decide(state, input, now);
            }

            var decided = RunTransitions.Decide(state with { Checkpoints = [] }, input, now);
            return decided with { State = decided.State with { Checkpoints = state.Checkpoints } };
        },
    };

    /// <summary>Trap 8: who was given up once is not listened to again. Remembered as a blame that never expires.</summary>
    public static readonly ProtocolRules GivesUpForEver = new()
    {
        Coordinator = (state, input, now) =>
        {
            var given = input switch
            {
                Heard heard when IsGivenUp(state, heard.Status.WorkerId) => new Tick(),
                Offered offered => offered with { Workers = [.. offered.Workers.Where(w => !IsGivenUp(state, w.WorkerId))] },
                _ => input,
            };
            var decided = RunTransitions.Decide(state, given, now);
            var marks = decided
                .State.Workers.Values.Where(w => w.GivenUp)
                .Select(w => new Blame(w.WorkerId, "", ForEver + w.WorkerId, DateTimeOffset.MaxValue, 1));
            return decided with
            {
                State = decided.State with { Blames = decided.State.Blames.SetItems(marks.Select(m => KeyValuePair.Create(m.Pair, m))) },
            };
        },
    };

    /// <summary>Trap 9.</summary>
    public static readonly ProtocolRules OnlyRank0Writes = new()
    {
        Coordinator = (state, input, now) =>
            RunTransitions.Decide(state, input, now) is var decided
                ? decided with
                {
                    Messages = [.. decided.Messages.Where(m => m.Message is not WriteCheckpoint)],
                }
                : decided,
    };

    /// <summary>Trap 10.</summary>
    public static readonly ProtocolRules StartsByMessageOnly = new() { StartsByItself = false };

    /// <summary>Trap 11: who is to join is not waited for.</summary>
    public static readonly ProtocolRules GrowsWithoutTheJoiner = new()
    {
        Coordinator = (state, input, now) =>
        {
            var hidden =
                state.Mode == RunMode.Preparing && state.Formed is not null
                    ? state
                        .Workers.Values.Where(w =>
                            w.Offered
                            && !state.IsMember(w.WorkerId)
                            && !w.Promised(state.Run, state.PreparedNumber)
                            && input is not Heard { Status.Phase: WorkerPhase.Held }
                        )
                        .ToArray()
                    : [];
            var ofHidden = input is Heard heard && hidden.Any(w => w.WorkerId == heard.Status.WorkerId);
            var decided = RunTransitions.Decide(
                state with
                {
                    Workers = state.Workers.RemoveRange(hidden.Select(w => w.WorkerId)),
                },
                ofHidden ? new Tick() : input,
                now
            );
            return decided with
            {
                State = decided.State with
                {
                    Workers = decided.State.Workers.AddRange(
                        hidden.Where(w => !decided.State.Workers.ContainsKey(w.WorkerId)).Select(w => KeyValuePair.Create(w.WorkerId, w))
                    ),
                },
            };
        },
    };

    /// <summary>Trap 12: a higher number is taken without a word in the journal, and nobody tells an old coordinator by its epoch.</summary>
    public static readonly ProtocolRules Outbids = new()
    {
        IsJournaled = (happened, _) =>
            happened is not GenerationPrepared { Cause: var cause } || !cause.Contains("has promised", StringComparison.Ordinal),
        Coordinator = (state, input, now) =>
            RunTransitions.Decide(state, input is Heard heard ? new Heard(heard.Status with { Epoch = 0 }) : input, now),
        Agent = (state, happened, now) => AgentTransitions.Decide(state with { Epoch = 0 }, happened, now),
    };

    /// <summary>The promise itself: told while the rank thread still moves.</summary>
    public static readonly ProtocolRules PromisesWhileItTrains = new() { RestsBeforePromise = false };

    private static bool IsGivenUp(RunState state, string worker) => state.Blames.ContainsKey(ForEver + worker);

    private static WorkerStatus AsPromised(RunState state, WorkerStatus status) =>
        status is { Phase: WorkerPhase.Running, Run: not null }
            ? status with
            {
                Phase = WorkerPhase.Held,
                Promised = state.PreparedNumber,
                Held = new HeldState(status.ProgressStep, $"state-of-step-{status.ProgressStep}", status.Generation),
            }
            : status;
}
