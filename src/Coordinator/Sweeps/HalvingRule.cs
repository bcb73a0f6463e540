using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>
/// Successive halving without waiting for one another (ASHA, Li et al. 2020, arXiv:1810.05934, section 3), by stopping: who reaches a rung is compared with
/// those that reached it before, and goes on if it is among the best 1/η of them. Where the paper pauses a trial and may promote it later, this one
/// cancels it, so no state has to be kept. Pure.
/// </summary>
public static class HalvingRule
{
    /// <param name="before">Values of those that reached the rung before, in that order; null: the worst.</param>
    /// <param name="value">Of who reaches it now; null: the worst, which never goes on.</param>
    /// <param name="eta">At least one of those that reached it goes on, and 1/η of them, rounded down.</param>
    public static RungPlace Place(IReadOnlyList<double?> before, double? value, int eta, SweepMode mode)
    {
        // Of equals the first is the better one.
        var place = 1 + before.Count(other => !IsBetter(value, other, mode));
        var reached = before.Count + 1;
        var best = Math.Max(1, reached / eta);
        return new RungPlace(place, reached, best, value is not null && place <= best);
    }

    /// <summary>Strictly; a value that is missing is worse than any.</summary>
    public static bool IsBetter(double? a, double? b, SweepMode mode) =>
        a is { } left && (b is not { } right || (mode == SweepMode.Min ? left < right : left > right));
}

/// <param name="Place">From 1.</param>
/// <param name="Reached">Itself with them.</param>
/// <param name="Best">How many go on.</param>
public sealed record RungPlace(int Place, int Reached, int Best, bool GoesOn);
