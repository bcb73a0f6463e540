using System.Diagnostics;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>
/// A real coordinator with its journal in SQLite, under simulated workers and stored runs: how fast it answers, what it costs, and how long it takes to be
/// back after SIGKILL. The simulation shares the machine's cores with it.
/// </summary>
internal static class CoordinatorBenchmark
{
    private const string Token = "a-token-of-the-benchmark";
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BackPatience = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var settings = LoadSettings.Parse(arguments);
        var folder = settings.State ?? Directory.CreateTempSubdirectory("coordinator-load-").FullName;
        Directory.CreateDirectory(folder);
        try
        {
            var report = await MeasureAsync(settings, folder);
            Console.WriteLine(settings.Json ? report.ToJson() : report.ToTable());
        }
        finally
        {
            if (settings.State is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return 0;
    }

    private static async Task<LoadReport> MeasureAsync(LoadSettings settings, string folder)
    {
        var mix = RunMix.Of(settings.Workers, settings.Runs);
        var log = new FleetLog();
        using var coordinator = await CoordinatorProcess.StartAsync(settings.Program, folder, Token);
        Tell($"ready after {coordinator.ReadyAfter.TotalSeconds:F1} s");
        await using var fleet = new SimulatedFleet(settings.Workers, Token, coordinator.Akka, Incarnation(), log);
        using var calls = new CoordinatorCalls(coordinator.Http);
        await new RunFiller(calls, log, Tell).FillAsync(mix);
        var runs = await calls.RunsAsync();
        var load = new RequestLoad(calls, mix, runs);
        await Task.Delay(Settling);
        await load.RunAsync(TimeSpan.FromSeconds(2));
        foreach (var times in (LatencyLog[])[load.Submit, load.List, load.Detail, load.Metrics, load.Workers, log.Acks])
        {
            times.Clear();
        }

        Tell("measures");
        var before = Counts.Of(coordinator, log, calls);
        await load.RunAsync(TimeSpan.FromSeconds(settings.Seconds));
        var after = Counts.Of(coordinator, log, calls);
        var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
        var acks = log.Acks.Figures();
        var memory = coordinator.ResidentBytes;
        coordinator.Kill();
        var (journal, rows) = (Size(folder, "journal.db"), Size(folder, "rows.db"));
        Tell("starts again");
        using var again = await CoordinatorProcess.StartAsync(settings.Program, folder, Token);
        var processor = again.ProcessorSeconds;
        var back = await BackAsync(log, settings.Workers);
        await Task.Delay(Settling);
        double Rate(long was, long now) => Math.Round((now - was) / seconds, 1);
        return new LoadReport
        {
            Workers = settings.Workers,
            Runs = runs.Count,
            RunsByPhase = runs.CountBy(run => run.Phase).OrderBy(p => p.Key).ToDictionary(p => SpecWords.Word(p.Key), p => p.Value),
            Seconds = Math.Round(seconds, 1),
            Submit = load.Submit.Figures(),
            List = load.List.Figures(),
            Detail = load.Detail.Figures(),
            Metrics = load.Metrics.Figures(),
            WorkerList = load.Workers.Figures(),
            Ack = acks,
            Refused = after.Refused - before.Refused,
            StatusesPerSecond = Rate(before.Statuses, after.Statuses),
            AcksPerSecond = Rate(before.Acknowledged, after.Acknowledged),
            RowsPerSecond = Rate(before.Rows, after.Rows),
            CoordinatorCores = Math.Round((after.Coordinator - before.Coordinator) / seconds, 2),
            SimulationCores = Math.Round((after.Own - before.Own) / seconds, 2),
            ResidentMegabytes = Math.Round(memory / 1e6),
            JournalBytesPerRun = Math.Round((double)journal / runs.Count),
            RowBytesPerRun = Math.Round((double)rows / runs.Count),
            ReplaySeconds = Math.Round(again.ReadyAfter.TotalSeconds, 2),
            ReplayProcessorSeconds = processor,
            WorkersBackSeconds = Math.Round(back.TotalSeconds, 2),
            ResidentMegabytesAfterReplay = Math.Round(again.ResidentBytes / 1e6),
        };
    }

    /// <summary>How long it takes until nine workers of ten are acknowledged within a second.</summary>
    private static async Task<TimeSpan> BackAsync(FleetLog log, int workers)
    {
        var begun = Stopwatch.GetTimestamp();
        var marks = new Queue<long>([log.Acknowledged]);
        while (Stopwatch.GetElapsedTime(begun) < BackPatience)
        {
            await Task.Delay(100);
            marks.Enqueue(log.Acknowledged);
            if (marks.Last() - marks.Peek() >= 0.9 * workers)
            {
                return Stopwatch.GetElapsedTime(begun);
            }

            if (marks.Count > 10)
            {
                marks.Dequeue();
            }
        }

        return BackPatience;
    }

    private static long Size(string folder, string name) => Directory.GetFiles(folder, $"{name}*").Sum(file => new FileInfo(file).Length);

    private static long Incarnation() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static void Tell(string what) => Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {what}");

    private sealed record Counts(long At, long Statuses, long Acknowledged, long Rows, long Refused, double Coordinator, double Own)
    {
        public static Counts Of(CoordinatorProcess coordinator, FleetLog log, CoordinatorCalls calls) =>
            new(
                Stopwatch.GetTimestamp(),
                log.Statuses,
                log.Acknowledged,
                log.Rows,
                calls.Refused,
                coordinator.ProcessorSeconds,
                Environment.CpuUsage.TotalTime.TotalSeconds
            );
    }
}
