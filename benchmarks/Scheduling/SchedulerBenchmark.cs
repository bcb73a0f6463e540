using System.Globalization;
using System.Text.Json;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>
/// The coordinator's own decisions over a simulated trace, beside the order of submission: what the trace comes to when all runs are one user's, of one
/// priority.
/// </summary>
internal static class SchedulerBenchmark
{
    private const int MostEvents = 20_000_000;

    public static int Run(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json");
        var runs = given.Whole("--runs", 1, 1_000_000) ?? 10_000;
        var workers = given.Whole("--workers", 10, 100_000) ?? 1000;
        var load = given.Number("--load", 10) ?? 0.95;
        var seed = given.Whole("--seed", 0, int.MaxValue) ?? 1;
        var json = given.Flag("--json");
        given.End("--runs, --workers, --load, --seed and --json");

        var trace = Trace.Of(runs, workers, load, seed);
        var one = new RunOwner(RunSpec.DefaultProject, RunOwner.Anonymous);
        (string Name, IReadOnlyList<TraceRun> Trace)[] schedules =
        [
            ("policy", trace),
            ("order-of-submission", [.. trace.Select(r => r with { Owner = one, Priority = 0 })]),
        ];
        foreach (var (name, schedule) in schedules)
        {
            var cluster = new SimulatedCluster(schedule, Trace.Workers(workers), new SchedulingPolicy(), ChangeTimes.Usual);
            if (!cluster.Run(MostEvents))
            {
                Console.Error.WriteLine(
                    $"{name}: {cluster.Runs.Count(r => r.Stage != Stage.Ended)} runs have not ended after {MostEvents} events."
                );
                return 1;
            }

            // Fairness and classes are those of the trace as it was submitted.
            var figures = ScheduleFigures.Of(cluster, workers, trace);
            Console.WriteLine(
                json
                    ? JsonSerializer.Serialize(
                        new
                        {
                            Schedule = name,
                            Runs = runs,
                            Workers = workers,
                            Load = load,
                            Seed = seed,
                            Figures = figures,
                        },
                        RunSpecJson.Options
                    )
                    : Tell(name, figures)
            );
        }

        return 0;
    }

    private static string Tell(string name, ScheduleFigures f) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {name}: utilization {f.Utilization:P1}, Jain's index of users {f.JainUsers:F3}, {f.Days:F1} days, {f.Stops} stops, {f.Shrinks} shrinks
              decide: {f.Decisions} times, p50 {f.DecideP50Ms} ms, p99 {f.DecideP99Ms} ms, most {f.DecideMaxMs} ms
            {string.Join(
                "\n",
                f.Waits.Select(w =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  priority {w.Priority, 3}, {(w.Small ? "1–4" : "8–32"), 4} workers at least, {w.Runs, 5} runs: waited p50 {w.P50Hours} h, p99 {w.P99Hours} h, most {w.LongestHours} h"
                    )
                )
            )}
            """
        );
}
