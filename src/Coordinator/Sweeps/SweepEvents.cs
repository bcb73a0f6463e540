using MessagePack;
using Orchestrator.Coordinator.Serialization;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>How a trial, or a sweep, ended. The numbers stand in journals.</summary>
public enum Outcome
{
    Completed = 0,
    Failed = 1,
    Canceled = 2,
}

/// <summary>What happened to a sweep, as its journal keeps it. That a trial was submitted stands in the head's journal, with its run.</summary>
public interface ISweepEvent : IJournalEvent;

/// <summary>A coordinator took the sweep over; from here an older instance cannot append.</summary>
[MessagePackObject]
public sealed record SweepAdopted([property: Key(0)] long Epoch, [property: Key(1)] DateTimeOffset At) : ISweepEvent;

/// <summary>The head has the trial's run in its journal.</summary>
[MessagePackObject]
public sealed record TrialStarted([property: Key(0)] int Trial, [property: Key(1)] string Run, [property: Key(2)] DateTimeOffset At)
    : ISweepEvent;

/// <summary>A trial reached a rung, or failed before it, and was compared with those that had reached it by then.</summary>
/// <param name="Rung">From 0.</param>
/// <param name="Step">Of the rung: completed steps.</param>
/// <param name="Value">Of the metric; null counts as the worst: none of its rows was finite, or the run failed before.</param>
/// <param name="Place">Among those that reached it, from 1.</param>
/// <param name="Reached">How many these are, itself with them.</param>
/// <param name="Best">How many of them go on.</param>
/// <param name="GoesOn">False: its run is canceled.</param>
[MessagePackObject]
public sealed record RungDecided(
    [property: Key(0)] int Trial,
    [property: Key(1)] int Rung,
    [property: Key(2)] int Step,
    [property: Key(3)] double? Value,
    [property: Key(4)] int Place,
    [property: Key(5)] int Reached,
    [property: Key(6)] int Best,
    [property: Key(7)] bool GoesOn,
    [property: Key(8)] DateTimeOffset At
) : ISweepEvent;

/// <param name="Outcome">Of its run.</param>
/// <param name="Step">Steps that it completed.</param>
/// <param name="Value">Of the metric at its end; null unless it completed with a finite one.</param>
/// <param name="Reason">Of the run, in words.</param>
[MessagePackObject]
public sealed record TrialEnded(
    [property: Key(0)] int Trial,
    [property: Key(1)] Outcome Outcome,
    [property: Key(2)] long Step,
    [property: Key(3)] double? Value,
    [property: Key(4)] string Reason,
    [property: Key(5)] DateTimeOffset At
) : ISweepEvent;

/// <summary>No more trials are submitted, and those that run are canceled.</summary>
/// <param name="Failed">It cannot go on; else somebody asked for it.</param>
[MessagePackObject]
public sealed record SweepStopping([property: Key(0)] bool Failed, [property: Key(1)] string Reason, [property: Key(2)] DateTimeOffset At)
    : ISweepEvent;

/// <summary>The last trial has ended.</summary>
/// <param name="Reason">In words, with the best trial.</param>
[MessagePackObject]
public sealed record SweepEnded([property: Key(0)] Outcome Outcome, [property: Key(1)] string Reason, [property: Key(2)] DateTimeOffset At)
    : ISweepEvent;
