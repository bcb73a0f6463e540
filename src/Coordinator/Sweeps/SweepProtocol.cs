using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Sweeps;

// Messages inside one coordinator: between its API, the head and the sweeps.

/// <summary>Asked by the API; answered after the journal has it, by <see cref="SweepAccepted"/> or <see cref="SweepConflict"/>.</summary>
/// <param name="Owner">Project of its trials, and who submits.</param>
public sealed record SubmitSweep(SweepSpec Spec, string? IdempotencyKey, string BodySha256, RunOwner Owner);

/// <param name="Created">False when the idempotency key names this sweep already.</param>
public sealed record SweepAccepted(string Sweep, string Name, bool Created);

/// <summary>The idempotency key was used with another body.</summary>
public sealed record SweepConflict(string Sweep);

/// <summary>Asked by the API; answered after the journal has it, by <see cref="SweepCancelAnswered"/>.</summary>
public sealed record CancelSweep(string Sweep);

public enum SweepCancelAnswer
{
    Canceled,
    AlreadyEnded,
    NoSuchSweep,
}

public sealed record SweepCancelAnswered(SweepCancelAnswer Answer);

/// <summary>Sweep to head: submit this run, unless that was done. Answered by <see cref="TrialAccepted"/> after the journal has it.</summary>
public sealed record SubmitTrial(TrialOf Trial, RunSpec Spec, string User);

public sealed record TrialAccepted(int Trial, string Run);
