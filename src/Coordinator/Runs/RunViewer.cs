using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>A run's state as the API shows it.</summary>
public static class RunViewer
{
    public static RunPhase Phase(RunState state) =>
        state switch
        {
            { End: { } end } => end,
            { Cancel: not null } => RunPhase.Canceling,
            { Pause: not null, Mode: RunMode.Seeking } => RunPhase.Paused,
            { Recall.Cause: RecallCause.Pause } => RunPhase.Pausing,
            { Mode: RunMode.Seeking, Formed: null } => RunPhase.Queued,
            { Mode: RunMode.Seeking } => RunPhase.Waiting,
            { Mode: RunMode.Preparing, WaitingSince: not null } => RunPhase.Waiting,
            { Mode: RunMode.Preparing, Formed: null } => RunPhase.Forming,
            { Mode: RunMode.Preparing } => state.LossSinceFormed ? RunPhase.Recovering : RunPhase.Forming,
            { Mode: RunMode.Watching, Started: false } => state.Formed!.Recovery || state.FirstHeardAt is null
                ? RunPhase.Recovering
                : RunPhase.Forming,
            { Mode: RunMode.Evaluating } => RunPhase.Evaluating,
            _ => RunPhase.Running,
        };

    /// <summary>Why the run is in its phase, in words.</summary>
    public static string Reason(RunState state) =>
        state switch
        {
            { End: not null } => state.EndReason,
            { Cancel: { } cancel } => $"{StopRules.Words(cancel)}{(state.WaitingReason is { } why ? $"; {why}" : "")}",
            { Pause: { } pause, Mode: RunMode.Seeking } => StopRules.Words(pause),
            { Mode: RunMode.Seeking, StoppedFor: { } why } => $"{why}; {state.QueueReason}",
            { Mode: RunMode.Seeking } => state.QueueReason,
            { Mode: RunMode.Preparing } => $"{state.Prepared?.Cause}; {state.WaitingReason ?? "asks for promises"}",
            { Mode: RunMode.Watching, FirstHeardAt: null } => "the coordinator has begun anew and waits to hear of the run's workers",
            { Mode: RunMode.Watching, Started: false } => $"generation {state.Generation!.Number} forms: {Forming(state)}",
            { Mode: RunMode.Watching } => $"{Ranks(state.Generation!.Members.Count)} train generation {state.Generation.Number}",
            { Mode: RunMode.Finishing } => "all steps are done; the last rows are coming in",
            { Mode: RunMode.Evaluating, Evaluator: { } place } => $"{place.WorkerId} judges the encoder",
            _ => $"trained; waits for a worker that judges the encoder: {state.QueueReason}",
        };

    public static RunView View(RunState state)
    {
        var last = state.Progress?.Last;
        return new RunView
        {
            Id = state.Run,
            Name = state.Spec.Name,
            Method = SpecWords.Word(state.Spec.Method),
            Project = state.Spec.ProjectName,
            User = state.User,
            Sweep = state.Trial?.Sweep,
            Trial = state.Trial?.Trial,
            Priority = state.Terms.Priority,
            Workers = new WorkerBoundsView(state.Terms.MinWorkers, state.Terms.MaxWorkers),
            Labels = state.Labels.IsEmpty ? null : state.Labels,
            Note = state.Note,
            ClonedFrom = state.ClonedFrom,
            PausedBy = state.End is null ? state.Pause?.By : null,
            SpecSha256 = state.SpecSha256,
            Phase = Phase(state),
            Reason = Reason(state),
            Step = state.Progress?.Next ?? 0,
            TotalSteps = state.TotalSteps,
            Epoch = last?.Epoch ?? 0,
            Loss = state.Progress?.LastLoss,
            SamplesPerSecond = state.End is null ? Speed(state) : null,
            WorldSize = state.End is null && state.Mode is RunMode.Watching or RunMode.Finishing ? state.Generation?.Members.Count ?? 0 : 0,
            Generation = state.Generation?.Number ?? 0,
            CreatedAt = state.CreatedAt,
            StartedAt = state.Generations.IsEmpty ? null : state.Generations[0].At,
            EndedAt = state.EndedAt,
        };
    }

    public static RunDetailView Detail(RunState state, DateTimeOffset now) =>
        new()
        {
            Run = View(state),
            Spec = JsonSerializer.Deserialize<JsonElement>(state.SpecJson),
            SpecSha256 = state.SpecSha256,
            Members = Members(state, now),
            Generations =
            [
                .. state.Generations.Select(g => new GenerationView(
                    g.Record.Number,
                    g.At,
                    g.Cause,
                    g.Record.BaseStep,
                    [.. g.Record.Members.Select(m => m.WorkerId)],
                    g.Recovery,
                    g.StepsLost
                )),
            ],
            WeightsSha256 = state.Trained?.WeightsSha256,
            StateSha256 = state.Trained?.Digest,
            LossesSha256 = state.Trained?.LossesSha256,
            AuditSha256 = state.Trained is { } trained ? trained.AuditSha256 : state.Progress?.AuditSha256,
            FirstLoss = Finite(state.Trained?.FirstLoss ?? state.Progress?.FirstLoss),
            LastLoss = Finite(state.Trained?.LastLoss ?? state.Progress?.LastLoss),
            Recoveries = state.Generations.Count(g => g.Recovery),
            StepsLost = state.Generations.Where(g => g.Recovery).Sum(g => g.StepsLost),
            CheckpointsRead = state.Trained?.CheckpointsRead ?? state.CheckpointReads.Values.Sum(),
            RecoverySeconds = state.Resumed?.Seconds,
            Evaluation = state.Evaluation?.ResultJson is { } json
                ? JsonSerializer.Deserialize<EvaluationView>(json, RunSpecJson.Options)
                : null,
            Checkpoints = [.. state.Checkpoints.Select(c => new CheckpointView(c.Step, c.Path, c.Digest, c.At))],
        };

    public static StepRowView Row(StepRow row) =>
        new(
            row.Step,
            row.Epoch,
            row.Losses.DistinctBy(l => l.Name, StringComparer.Ordinal)
                .ToDictionary(l => l.Name, l => Finite(l.Value), StringComparer.Ordinal),
            row.LearningRate,
            Finite(row.GradientNorm) ?? 0,
            row.Seconds > 0 ? row.Samples / row.Seconds : 0,
            row.Seconds,
            row.Phases,
            row.Generation,
            row.Health?.DistinctBy(figure => figure.Name, StringComparer.Ordinal)
                .ToDictionary(figure => figure.Name, figure => Finite(figure.Value) ?? 0, StringComparer.Ordinal),
            row.NonFinite?.Tell(row.Step),
            row.Audit
        );

    /// <summary>Ranks of the newest generation as they were last heard of; once the run is trained or ended they have left it.</summary>
    public static IReadOnlyList<MemberView> Members(RunState state, DateTimeOffset now) =>
        state.Generation is not { } generation
            ? []
            :
            [
                .. generation.Members.Select(
                    (m, rank) =>
                    {
                        var worker = state.Workers.GetValueOrDefault(m.WorkerId);
                        var alive =
                            worker?.HeardAt is not null
                            && Deadlines.Silence(state, worker, now) is null
                            && worker.Status!.Incarnation == m.Incarnation;
                        var left = state.Trained is not null || state.EndedAt is not null;
                        return new MemberView(
                            m.WorkerId,
                            rank,
                            worker?.Status?.Device ?? SpecWords.Word(state.Spec.Workers.Device),
                            m.ShardStart,
                            m.ShardCount,
                            left ? "left" : SpecWords.Word(worker?.Status?.Phase ?? WorkerPhase.Idle),
                            state.Trained?.Step ?? worker?.Status?.ProgressStep ?? 0,
                            left || alive,
                            left ? null : Finite(worker?.Status?.ShardTime?.Seconds)
                        );
                    }
                ),
            ];

    private static string Forming(RunState state)
    {
        var waiting = state
            .Generation!.Members.Select(m => (m.WorkerId, state.Workers.GetValueOrDefault(m.WorkerId)?.Status))
            .Where(m =>
                m.Status is null
                || m.Status.Generation != state.Generation.Number
                || m.Status.Phase is not (WorkerPhase.Ready or WorkerPhase.Running)
            )
            .Select(m =>
                m.Status is { WaitsFor.Count: > 0 } status
                    ? $"{m.WorkerId} waits for {string.Join(", ", status.WaitsFor)}"
                    : $"{m.WorkerId} is not ready"
            )
            .ToArray();
        return waiting.Length == 0 ? "all ranks are ready" : string.Join("; ", waiting);
    }

    private static string Ranks(int count) => count == 1 ? "1 rank" : $"{count} ranks";

    private static double? Speed(RunState state)
    {
        var recent = state.Progress?.Recent ?? [];
        var seconds = recent.Sum(r => r.Seconds);
        return seconds > 0 ? recent.Sum(r => r.Samples) / seconds : null;
    }

    // JSON has no number for what is not finite.
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
