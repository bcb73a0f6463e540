using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Agent;

/// <summary>What a worker does besides membership: it announces checkpoints, sends step rows, evaluates, computes steps again. Pure, like <see cref="AgentTransitions"/>.</summary>
internal static class AgentErrands
{
    public static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(2);

    public static AgentDecision Acknowledge(AgentState state, StatusAck ack, DateTimeOffset now)
    {
        var effects = new List<AgentEffect>();
        if (ack.Refusal is not null && ack.Refusal != state.Refusal)
        {
            effects.Add(new Report($"the coordinator at {state.Contacts.Current} refuses this worker: {ack.Refusal}", true));
        }

        state = state with { Contacts = state.Contacts.Answered(), Refusal = ack.Refusal, AcknowledgedAt = now };
        if (ack.Refusal is null && ack.Run is not null && ack.Run == state.Run && state.Rank >= 0)
        {
            var (cursor, from) = state.Metrics.Acknowledged(ack.MetricsFrom, state.ProgressStep, state.Rank, now);
            state = state with { Metrics = cursor };
            if (from is { } first)
            {
                effects.Add(new SendRows(ack.Run, state.Generation, first));
            }
        }

        return new(state, effects);
    }

    public static AgentDecision Announce(AgentState state, CheckpointWritten written, DateTimeOffset now)
    {
        if (written.Run != state.Run)
        {
            // The run was left while it was being written: nobody will settle it.
            return new(state, [new DeleteCheckpoint(written.Path, "the run was left meanwhile")]);
        }

        return new(
            state with
            {
                Trouble = null,
                Unsettled =
                [
                    .. state.Unsettled.Where(u => u.Written.Path != written.Path),
                    new UnsettledCheckpoint(written, now + AnnounceEvery),
                ],
            },
            [new SendMessage(written)]
        );
    }

    /// <summary>A checkpoint is not in storage: the next status says so, and each one until a checkpoint is.</summary>
    public static AgentDecision Tell(AgentState state, CheckpointTroubled troubled) =>
        troubled.Run == state.Run ? new(state with { Trouble = troubled.Trouble }, [new SendStatus()]) : AgentTransitions.Same(state);

    public static AgentDecision Settle(AgentState state, CheckpointSettled settled)
    {
        if (settled.Run != state.Run)
        {
            return AgentTransitions.Same(state);
        }

        var own = state.Unsettled.Where(u => u.Written.Token == settled.Token && u.Written.Step == settled.Step).ToList();
        var effects = new List<AgentEffect>();
        if (!settled.Accepted)
        {
            effects.AddRange(own.Select(u => new DeleteCheckpoint(u.Written.Path, $"refused: {settled.Reason}")));
        }

        var waiting = state.Unsettled.RemoveRange(own);
        var superseded = Prunable(state, settled.Run, settled.Prune);
        effects.AddRange(superseded.Select(path => new DeleteCheckpoint(path, $"superseded by step {settled.Step}")));
        if (superseded.Select(CheckpointPath.StepOf).Max() is { } through)
        {
            effects.Add(new DeleteUnfinished(settled.Run, through));
        }

        return new(state with { Unsettled = waiting }, effects);
    }

    public static AgentDecision Begin(AgentState state, IErrand order, DateTimeOffset now)
    {
        if (state.Evaluated is { } done && done.Report.EvaluationKey == order.EvaluationKey)
        {
            return new(state with { Evaluated = done with { SendAt = now + AnnounceEvery } }, [new SendMessage(done.Report)]);
        }

        return state.Run is null && state.Evaluation is null && !state.Draining
            ? new(state with { Evaluation = order, Evaluated = null }, [new StartEvaluation(order), new SendStatus()])
            : new(state, [new SendStatus()]);
    }

    /// <summary>Who is idle helps with another worker's evaluation.</summary>
    public static AgentDecision Help(AgentState state, Evaluate order) =>
        state is { Run: null, Evaluation: null, Helps: null, Draining: false }
            ? new(state with { Helps = order }, [new StartEvaluation(order), new SendStatus()])
            : new(state, [new SendStatus()]);

    public static AgentDecision EndHelp(AgentState state, HelpEnded ended)
    {
        if (state.Helps?.EvaluationKey != ended.Key)
        {
            return AgentTransitions.Same(state);
        }

        AgentEffect[] told = ended.Failure is { } failure ? [new Report($"could not help with {ended.Key}: {failure}", true)] : [];
        return new(state with { Helps = null }, [.. told, new SendStatus()]);
    }

    /// <summary>Whatever else a worker is asked to do goes before helping.</summary>
    public static AgentDecision WithoutHelp(AgentState state, Func<AgentState, AgentDecision> then)
    {
        if (state.Helps is not { } order)
        {
            return then(state);
        }

        var (after, effects) = then(state with { Helps = null });
        return new(after, [new CancelEvaluation(order.EvaluationKey), .. effects]);
    }

    public static AgentDecision Report(AgentState state, EvaluationFinished finished, DateTimeOffset now)
    {
        if (state.Evaluation is not { } order || order.EvaluationKey != finished.Key)
        {
            return AgentTransitions.Same(state);
        }

        var report = new EvaluationReported(
            order.Run,
            state.WorkerId,
            state.Incarnation,
            finished.Key,
            finished.ResultJson,
            finished.Failure
        );
        return new(
            state with
            {
                Evaluation = null,
                Evaluated = new UnsettledEvaluation(report, now + AnnounceEvery),
            },
            [new SendMessage(report), new SendStatus()]
        );
    }

    public static AgentDecision Settle(AgentState state, EvaluationSettled settled) =>
        state.Evaluated?.Report.EvaluationKey == settled.EvaluationKey
            ? new(
                state with
                {
                    Evaluated = null,
                },
                [
                    .. Prunable(state, settled.Run, settled.Prune)
                        .Select(path => new DeleteCheckpoint(path, $"superseded, and needed for {settled.EvaluationKey} no more")),
                ]
            )
            : AgentTransitions.Same(state);

    /// <summary>Orders to prune are of their run only, and never of what still waits for its answer.</summary>
    private static List<string> Prunable(AgentState state, string run, IReadOnlyList<string> paths)
    {
        var prefix = CheckpointPath.FolderOf(run) + "/";
        return
        [
            .. paths.Where(path =>
                path.StartsWith(prefix, StringComparison.Ordinal) && !state.Unsettled.Exists(u => u.Written.Path == path)
            ),
        ];
    }
}
