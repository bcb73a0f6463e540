using System.Text.Json;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Shared.Api;

/// <summary>How a sweep stands. It runs until its last trial has ended.</summary>
public enum SweepPhase
{
    Running,

    /// <summary>Its trials are being canceled: somebody asked for it, or it cannot be judged.</summary>
    Canceling,

    /// <summary>Every trial has ended, and at least one completed.</summary>
    Completed,
    Failed,
    Canceled,
}

public static class SweepPhases
{
    /// <summary>Nothing happens to the sweep any more.</summary>
    public static bool IsEnded(this SweepPhase phase) => phase is SweepPhase.Completed or SweepPhase.Failed or SweepPhase.Canceled;
}

/// <summary><c>GET /api/v1/sweeps</c>: in order of submission.</summary>
public sealed record SweepListView(IReadOnlyList<SweepView> Sweeps);

/// <summary>One sweep as it stands.</summary>
public sealed record SweepView
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required SweepSearch Search { get; init; }

    /// <summary>The loss term that trials are judged by.</summary>
    public required string Metric { get; init; }
    public required SweepMode Mode { get; init; }
    public required string Project { get; init; }
    public required string User { get; init; }
    public required SweepPhase Phase { get; init; }

    /// <summary>Why it is in this phase, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>All of them, submitted yet or not.</summary>
    public required int Trials { get; init; }
    public required int Submitted { get; init; }
    public required int Completed { get; init; }

    /// <summary>Canceled by the sweep, for others did better.</summary>
    public required int Stopped { get; init; }
    public required int Failed { get; init; }

    /// <summary>Of the trials that completed; null before any.</summary>
    public BestTrialView? Best { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

/// <param name="Value">Of the metric at its end.</param>
/// <param name="Values">Of the fields, by path.</param>
public sealed record BestTrialView(int Trial, string Run, double Value, IReadOnlyDictionary<string, JsonElement> Values);

/// <summary><c>GET /api/v1/sweeps/{id}</c>: a sweep with its table.</summary>
public sealed record SweepDetailView
{
    public required SweepView Sweep { get; init; }

    /// <summary>As it was submitted, with everything written out (docs/sweeps.md).</summary>
    public required JsonElement Spec { get; init; }

    /// <summary>Steps at which trials are compared; empty unless the search is asha.</summary>
    public required IReadOnlyList<int> Rungs { get; init; }

    /// <summary>Every trial, best first.</summary>
    public required IReadOnlyList<TrialView> Table { get; init; }
}

/// <summary>One trial of a sweep.</summary>
public sealed record TrialView
{
    public required int Trial { get; init; }

    /// <summary>Null until it is submitted.</summary>
    public string? Run { get; init; }

    /// <summary>Of the fields, by path.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Values { get; init; }

    /// <summary>The run's; null until it is submitted.</summary>
    public RunPhase? Phase { get; init; }
    public required long Step { get; init; }

    /// <summary>Of the metric, mean of the last 10 rows: at <see cref="Step"/>, or, of a trial that ended before its budget, at its last rung; null before any, or where none is finite.</summary>
    public double? Value { get; init; }

    /// <summary>By rung that it has reached.</summary>
    public required IReadOnlyList<RungView> Rungs { get; init; }

    /// <summary>What was decided on it and why, in words.</summary>
    public required string Decision { get; init; }
}

/// <param name="Value">Of the metric, mean of the last 10 rows up to the rung's step; null where none is finite, or it failed before.</param>
/// <param name="Place">Among those that had reached the rung by then, from 1.</param>
/// <param name="Reached">How many these were, itself with them.</param>
/// <param name="Best">How many of them went on.</param>
public sealed record RungView(int Step, double? Value, int Place, int Reached, int Best, bool GoesOn);
