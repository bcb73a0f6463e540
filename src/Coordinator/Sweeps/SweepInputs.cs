namespace Orchestrator.Coordinator.Sweeps;

/// <summary>What a sweep's transitions take in. Local to the coordinator: never on the wire, never in the journal.</summary>
public abstract record SweepInput;

/// <summary>The journal has been read.</summary>
/// <param name="Submitted">By trial, the runs that the head's journal has of this sweep.</param>
public sealed record SweepRecovered(IReadOnlyDictionary<int, string> Submitted) : SweepInput;

/// <summary>The head has the trial's run in its journal.</summary>
public sealed record TrialSubmitted(int Trial, string Run) : SweepInput;

/// <summary>A trial's spec is none any more: another version of the program reads it.</summary>
public sealed record TrialRefused(int Trial, string Problem) : SweepInput;

/// <summary>How runs stand, by trial; those that nobody can tell of yet are not among them.</summary>
public sealed record TrialsSeen(IReadOnlyDictionary<int, TrialSight> Sights) : SweepInput;

/// <summary>The rows up to a step were read.</summary>
public sealed record TrialRead(int Trial, long Step, TrialMetric Metric) : SweepInput;

public sealed record SweepCancelAsked : SweepInput;

/// <summary>What is to be done for a sweep beside its journal: as often as it is said, with one effect.</summary>
public abstract record SweepAction;

/// <summary>The head is to submit the trial.</summary>
public sealed record SubmitTrialAction(int Trial) : SweepAction;

/// <summary>The rows up to a step are to be read.</summary>
public sealed record ReadRowsAction(int Trial, string Run, long Step) : SweepAction;

public sealed record CancelRunAction(int Trial, string Run) : SweepAction;

/// <summary>What follows from an input: first persist and apply <see cref="Events"/>, then do what <see cref="SweepActions"/> says of the state.</summary>
public sealed record SweepDecision(SweepState State, IReadOnlyList<ISweepEvent> Events);
