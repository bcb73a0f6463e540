using System.Globalization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Why a run waits, and what for, in words that change only when the matter does.</summary>
internal static class WaitingWords
{
    /// <summary>So many runs are named as those that keep workers busy; the others are counted.</summary>
    private const int MostNamed = 5;

    public static string NoneConnected(RunDemand demand) => $"{Needs(demand)}, none is connected";

    public static string Lacks(
        RunDemand demand,
        IReadOnlyList<SchedulableWorker> workers,
        IEnumerable<SchedulableWorker> idle,
        DateTimeOffset now
    )
    {
        var needs = Needs(demand);
        var connected = workers.Count(w => w.Device == demand.Device);
        var fitting = workers.Where(w => GangChoice.Fits(demand, w, now)).ToArray();
        if (fitting.Length < connected && fitting.Length < demand.Min)
        {
            return $"{needs}, {connected - fitting.Length} of {connected} connected compute other bits or failed in this run";
        }

        var busy = fitting
            .Select(w => w.BusyWith)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var free = idle.Count(w => GangChoice.Fits(demand, w, now));
        return $"{needs}, {(free == 0 ? "none" : free)} {(free < 2 ? "is" : "are")} idle{(busy.Length == 0 ? "" : $" ({fitting.Length - free} busy with {Named(busy)})")}";
    }

    public static string OverWorkers(RunDemand demand, string project, int most, int held) =>
        demand.Min > most
            ? $"{Needs(demand)}, project {project} may have {most} at once: it can never start like this"
            : $"{Needs(demand)}, project {project} may have {most} at once and has {held}";

    public static string OverHours(string project, double most, double used, TimeSpan window) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"project {project} has used {used:F0} of the {most:0.##} device-hours that it may have in {window.TotalDays:0.##} days; waits until some are longer ago"
        );

    public static string Takes(IEnumerable<Recall> recalls) =>
        $"takes {string.Join(", ", recalls.Select(r => $"{r.Workers.Count} from {r.Run}"))}, of lower priority";

    public static string OnTheirWay(int count, IEnumerable<string> from) =>
        $"{count} {(count == 1 ? "is" : "are")} on {(count == 1 ? "its" : "their")} way from {Named([.. from.Order(StringComparer.Ordinal)])}";

    private static string Needs(RunDemand demand) =>
        $"needs {(demand.Min == 1 ? "1 worker" : $"{demand.Min} workers")} on {SpecWords.Word(demand.Device)}";

    private static string Named(string[] busy) =>
        busy.Length <= MostNamed
            ? string.Join(", ", busy)
            : $"{string.Join(", ", busy.Take(MostNamed))} and {busy.Length - MostNamed} others";
}
