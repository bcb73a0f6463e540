using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Verification;

/// <summary>A step to compute again, as the API asks the head for it; answered by <see cref="VerificationAnswered"/>.</summary>
/// <param name="Fingerprint">Only workers that compute these bits can tell anything.</param>
/// <param name="Excluded">Processes (worker # incarnation) that failed in the run.</param>
/// <param name="Checkpoints">Kept ones of the step or before it, nearest first.</param>
/// <param name="Row">As it is stored.</param>
public sealed record VerificationOrder(
    VerificationKey Key,
    string SpecJson,
    DeviceKind Device,
    string Fingerprint,
    IReadOnlyList<string> Excluded,
    IReadOnlyList<string> Checkpoints,
    StepRow Row
)
{
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

    /// <summary>What the worker is told.</summary>
    public Verify Message(long epoch) => new(Key.Run, epoch, Key.ToString(), SpecJson, Checkpoints, Row);
}
