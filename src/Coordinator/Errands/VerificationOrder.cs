using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>A step to compute again.</summary>
/// <param name="Step">Which.</param>
/// <param name="Fingerprint">Only workers that compute these bits can tell anything.</param>
/// <param name="Checkpoints">Kept ones of the step or before it, nearest first.</param>
/// <param name="Row">As it is stored.</param>
public sealed record VerificationOrder(
    VerificationKey Step,
    string SpecJson,
    DeviceKind Device,
    string Fingerprint,
    IReadOnlyList<string> Excluded,
    IReadOnlyList<string> Checkpoints,
    StepRow Row
) : ErrandOrder(Step.Run, Step.ToString(), Device, Excluded)
{
    public override string NobodyFits =>
        $"No connected worker computes the bits of run {Run} (numerics fingerprint {Fingerprint}, device {SpecWords.Word(Device)}).";

    /// <summary>The nearest: those before it only take longer.</summary>
    public override string? Checkpoint => Checkpoints.Count > 0 ? Checkpoints[0] : null;

    /// <summary>Of a run that has stepped, and one of its rows.</summary>
    public static VerificationOrder Of(RunState state, StepRow row) =>
        new(
            new VerificationKey(state.Run, row.Step),
            state.SpecJson,
            state.Spec.Workers.Device,
            state.Formed?.Fingerprint ?? "",
            [.. state.Excluded.Order(StringComparer.Ordinal)],
            [.. state.Kept.Where(c => c.Step <= row.Step).OrderByDescending(c => c.Step).Select(c => c.Path)],
            row
        );

    public override bool Fits(SchedulableWorker worker) => base.Fits(worker) && worker.Fingerprint == Fingerprint;

    public override IControlMessage Message(long epoch) => new Verify(Run, epoch, Key, SpecJson, Checkpoints, Row);
}
