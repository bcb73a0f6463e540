namespace Orchestrator.Coordinator.Runs;

/// <summary>How long workers are waited for, learnt from the run's own steps.</summary>
internal static class Deadlines
{
    /// <summary>Why a worker counts as silent, or null. One that never spoke has until the adoption is over.</summary>
    public static string? Silence(RunState state, KnownWorker worker, DateTimeOffset now)
    {
        if (worker.Gone)
        {
            return $"{worker.WorkerId}'s process is gone (its data port refuses)";
        }

        var timers = state.Timers;
        if (worker.HeardAt is not { } heard)
        {
            var until = state.FirstHeardAt is { } first ? first + timers.Adopt : state.AdoptedAt + timers.AdoptSilent;
            until = worker.KnownAt + timers.Silent > until ? worker.KnownAt + timers.Silent : until;
            return now > until ? $"{worker.WorkerId} has not spoken since the coordinator began" : null;
        }

        if (worker.DisassociatedAt is { } broken && now - broken > timers.SilentDisassociated)
        {
            return $"{worker.WorkerId} is silent since its control connection broke";
        }

        return now - heard > timers.Silent ? $"{worker.WorkerId} is silent for {(now - heard).TotalSeconds:F0} s" : null;
    }

    /// <summary>For a worker that speaks and does not answer Prepare.</summary>
    public static TimeSpan Answer(RunState state)
    {
        var timers = state.Timers;
        if (state.Progress?.StepSeconds() is not { Count: 2 } seconds)
        {
            return timers.AnswerUnknown;
        }

        // A shard takes less than a step; with a step to stop after, two more may have to be finished.
        var steps = state.Prepared?.StopAfterStep is null ? 2 : 5;
        return Longer(timers.Answer, TimeSpan.FromSeconds(steps * seconds[1]));
    }

    /// <summary>For one step of a running generation.</summary>
    public static TimeSpan Step(RunState state)
    {
        if (state.Hint - (state.Generation?.BaseStep ?? 0) < 3)
        {
            return state.Timers.StepFirst;
        }

        return state.Progress?.StepSeconds() is { Count: 2 } seconds
            ? Longer(state.Timers.StepLeast, TimeSpan.FromSeconds(Math.Max(6 * seconds[0], 2 * seconds[1])))
            : state.Timers.StepFirst;
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
