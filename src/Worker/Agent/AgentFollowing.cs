using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>A joiner's way to a running generation: it follows as none of its members, until the next one is prepared. Pure, like <see cref="AgentTransitions"/>.</summary>
internal static class AgentFollowing
{
    public static AgentDecision Begin(AgentState state, Follow follow)
    {
        // What was reported under a promise stays true: who has promised anything follows nobody.
        var idle = state is { Run: null, Draining: false, Evaluation: null };
        var on = state.Run == follow.Run && state is { Phase: WorkerPhase.Following, Wanted: 0 } && state.Follows < follow.Record.Number;
        return idle || on
            ? new(
                state with
                {
                    Run = follow.Run,
                    Epoch = follow.Epoch,
                    Phase = WorkerPhase.Following,
                    Follows = follow.Record.Number,
                    Lag = -1,
                    Metrics = idle ? default : state.Metrics,
                    RescueAsked = false,
                },
                [new FollowRank(follow), new SendStatus()]
            )
            : new(state, [new SendStatus()]);
    }

    public static AgentDecision Advance(AgentState state, RankFollowed followed)
    {
        if (state.Phase != WorkerPhase.Following || state.Follows != followed.Generation)
        {
            return AgentTransitions.Same(state);
        }

        // The run waits to hear that it has caught up.
        var notable = state.Lag is < 0 or > 1 && followed.Lag <= 1;
        state = state with { ProgressStep = followed.Completed, Lag = followed.Lag };
        return notable ? new(state, [new SendStatus()]) : AgentTransitions.Same(state);
    }

    public static AgentDecision End(AgentState state, RankFollowEnded ended) =>
        state.Phase == WorkerPhase.Following && state.Follows == ended.Generation
            ? new(
                state with
                {
                    Phase = WorkerPhase.Stopped,
                    Failure = ended.Failure,
                    Follows = 0,
                    Lag = -1,
                },
                [new Report($"follows generation {ended.Generation} no more: {ended.Problem}", true), new SendStatus()]
            )
            : AgentTransitions.Same(state);
}
