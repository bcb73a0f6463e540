using System.Collections.Immutable;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>A sweep as its coordinator sees it: what the journal says, and how its runs were seen since.</summary>
public sealed record SweepState
{
    // Given with the sweep.
    public required string Sweep { get; init; }
    public required SweepSpec Spec { get; init; }
    public required string SpecJson { get; init; }
    public required RunOwner Owner { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By number.</summary>
    public required ImmutableList<TrialState> Trials { get; init; }

    // From the journal.
    public long Epoch { get; init; }

    /// <summary>Who reached each rung, in the order in which they did.</summary>
    public ImmutableList<ImmutableList<RungDecided>> Rungs { get; init; } = [];
    public SweepStopping? Stopping { get; init; }
    public SweepEnded? End { get; init; }

    // Not journaled: a new coordinator gets it anew.

    /// <summary>Trials that the head was asked to submit.</summary>
    public ImmutableHashSet<int> Asked { get; init; } = [];

    /// <summary>Why nobody knows how good trials are; null: nothing stands in the way.</summary>
    public string? Obstacle { get; init; }

    /// <summary>As it was submitted.</summary>
    public static SweepState Initial(string sweep, SweepSpec spec, string specJson, RunOwner owner, DateTimeOffset at) =>
        new()
        {
            Sweep = sweep,
            Spec = spec,
            SpecJson = specJson,
            Owner = owner,
            CreatedAt = at,
            Trials = [.. SweepTrials.Of(spec).Select(trial => new TrialState(trial))],
            Rungs = [.. spec.Rungs.Select(_ => ImmutableList<RungDecided>.Empty)],
        };

    /// <summary>The head is being asked to submit the trial.</summary>
    public SweepState Asking(int trial) => this with { Asked = Asked.Add(trial) };

    public SweepState With(TrialState trial) => this with { Trials = Trials.SetItem(trial.Trial.Number, trial) };
}

/// <summary>One trial of a sweep.</summary>
public sealed record TrialState(SweepTrial Trial)
{
    // From the journal.
    public string? Run { get; init; }

    /// <summary>By rung.</summary>
    public ImmutableList<RungDecided> Rungs { get; init; } = [];
    public TrialEnded? End { get; init; }

    // Not journaled.

    /// <summary>How its run was last seen; null: not yet.</summary>
    public TrialSight? Sight { get; init; }

    /// <summary>By step: what rows said that were read for a decision which is not made yet.</summary>
    public ImmutableDictionary<long, TrialMetric> Read { get; init; } = ImmutableDictionary<long, TrialMetric>.Empty;

    public int Number => Trial.Number;

    /// <summary>Others did better: its run is to end.</summary>
    public bool IsStopped => Rungs is [.., { GoesOn: false }];

    /// <summary>Its run was submitted and has not ended, as far as the journal knows.</summary>
    public bool IsLive => Run is not null && End is null;
}

/// <summary>A run of a sweep as it was seen.</summary>
/// <param name="Step">Completed steps whose rows are stored.</param>
/// <param name="Reason">In words.</param>
public sealed record TrialSight(RunPhase Phase, long Step, string Reason);

/// <summary>A trial's metric up to a step.</summary>
/// <param name="Value">Mean of the finite ones of the last 10 rows; null: none is.</param>
/// <param name="Problem">Why there can be no value for any trial, in words; null: there can.</param>
public sealed record TrialMetric(double? Value, string? Problem = null);
