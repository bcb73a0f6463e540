using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>A checkpoint to judge as somebody asked for.</summary>
/// <param name="Named">Which, and how.</param>
/// <param name="CheckpointPath">Relative to the storage root.</param>
/// <param name="EvaluationJson">Resolved (<see cref="EvaluationSpec"/>).</param>
public sealed record EvaluationOrder(
    EvaluationErrandKey Named,
    string SpecJson,
    DeviceKind Device,
    IReadOnlyList<string> Excluded,
    string CheckpointPath,
    string EvaluationJson
) : ErrandOrder(Named.Run, Named.ToString(), Device, Excluded)
{
    /// <summary>Asked for by the run's spec: of a newer checkpoint it takes the place of one that nobody has begun.</summary>
    public bool IsProbe { get; init; }

    /// <summary>So many workers at most compute it side by side.</summary>
    public int Workers { get; init; } = 1;

    public override string NobodyFits => $"No connected worker can judge run {Run}: it needs device {SpecWords.Word(Device)}.";

    /// <summary>Of the newest complete checkpoint; null before there is one.</summary>
    public static EvaluationOrder? Of(RunState state, EvaluationSpec evaluation)
    {
        var (step, path, digest) = state.Trained is { } trained
            ? (trained.Step, trained.Path, trained.Digest)
            : (state.LastCheckpoint?.Step ?? 0, state.LastCheckpoint?.Path, state.LastCheckpoint?.Digest);
        return path is null
            ? null
            : new EvaluationOrder(
                EvaluationErrandKey.Of(state.Run, step, digest!, evaluation.Hash()),
                state.SpecJson,
                state.Spec.Workers.Device,
                [.. state.Excluded.Order(StringComparer.Ordinal)],
                path,
                evaluation.Json()
            )
            {
                Workers = evaluation.Workers,
            };
    }

    public override string? Checkpoint => CheckpointPath;

    public override bool MayBeReplaced => IsProbe;

    public override bool Replaces(ErrandOrder waiting) =>
        IsProbe
        && waiting is EvaluationOrder { IsProbe: true } probe
        && probe.Run == Run
        && probe.EvaluationJson == EvaluationJson
        && probe.Named.Step < Named.Step;

    public override int MostHelpers => Workers - 1;

    public override IControlMessage Message(long epoch) => Order(epoch);

    public override IControlMessage HelpMessage(long epoch) => Order(epoch) with { Helps = true };

    private Evaluate Order(long epoch) =>
        new(Run, epoch, Key, SpecJson, CheckpointPath, $"runs/{Run}/artifacts", EvaluationJson: EvaluationJson);
}
