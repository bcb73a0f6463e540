using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>What time alone leads to: heartbeats, announcements again, a word about silent coordinators, the end of a drain's grace.</summary>
internal static class AgentUpkeep
{
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    public static AgentDecision Tick(AgentState state, DateTimeOffset now)
    {
        var effects = new List<AgentEffect>();
        if (now - state.StatusSentAt >= Heartbeat)
        {
            effects.Add(new SendStatus());
        }

        state = Announce(state, now, effects);
        state = Complain(state, now, effects);
        if (state.LeavesBy is { } end && now >= end)
        {
            effects.Add(new Exit("the grace for draining is over"));
        }

        return new(state, effects);
    }

    private static AgentState Announce(AgentState state, DateTimeOffset now, List<AgentEffect> effects)
    {
        foreach (var due in state.Unsettled.FindAll(u => u.SendAt <= now))
        {
            effects.Add(new SendMessage(due.Written));
            state = state with { Unsettled = state.Unsettled.Replace(due, due with { SendAt = now + AgentErrands.AnnounceEvery }) };
        }

        if (state.Evaluated is { } done && done.SendAt <= now)
        {
            effects.Add(new SendMessage(done.Report));
            state = state with { Evaluated = done with { SendAt = now + AgentErrands.AnnounceEvery } };
        }

        return state;
    }

    private static AgentState Complain(AgentState state, DateTimeOffset now, List<AgentEffect> effects)
    {
        if (now - state.HeardAt < Silence)
        {
            return state;
        }

        effects.Add(
            new Report(
                $"no word from a coordinator for {Silence.TotalSeconds:0} s ({string.Join(", ", state.Contacts.Contacts)}): none is there, or it refuses this worker, which its log says, or one of the two has certificates (Network:Certificate) and the other has none; this worker is {state.Phase}",
                true
            )
        );
        state = state with { HeardAt = now };
        if (state is { Run: { } run, Phase: WorkerPhase.Held or WorkerPhase.Stopped, RescueAsked: false, ProgressStep: > 0 })
        {
            // Once: who rests and hears nothing brings its state to safety.
            effects.Add(new RequestCheckpoint(run, state.Promised, 0));
            state = state with { RescueAsked = true };
        }

        return state;
    }
}
