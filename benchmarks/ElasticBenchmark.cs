using System.Diagnostics;
using System.Globalization;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>
/// What a step that nobody disturbs costs more in a cluster of real processes than in a loop of its own, on as many threads: the step itself, what
/// passes between two steps, and the processor time of a worker's other threads and of the coordinator.
/// </summary>
internal static class ElasticBenchmark
{
    // Until compiled code has settled.
    private const int WarmUp = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // A thread's name in /proc has 15 characters, and begins with the run's.
    private const string Name = "e";

    /// <summary>Prints a line for the loop and one for the cluster, twice.</summary>
    public static async Task<int> RunAsync(string[] rest)
    {
        var (file, dataRoot, programs) = (rest[0], rest[1], rest[2]);
        var workers = int.Parse(rest[3], CultureInfo.InvariantCulture);
        var steps = int.Parse(rest[4], CultureInfo.InvariantCulture);
        var parsed = RunSpecParser.Parse(await File.ReadAllTextAsync(file)).Spec!;
        // No checkpoint falls into what is measured: the checkpoint benchmark measures those.
        var spec = parsed with
        {
            Name = Name,
            Budget = new BudgetSpec(null, WarmUp + steps + 20),
            Checkpoint = parsed.Checkpoint with { EverySteps = 100_000 },
            Probes = [],
        };
        var state = Directory.CreateTempSubdirectory("elastic-");
        try
        {
            var path = Path.Combine(state.FullName, "spec.json");
            await File.WriteAllTextAsync(path, RunSpecJson.Write(spec));
            for (var round = 1; round <= 2; round++)
            {
                var plan = DemoPlan.Create(
                    new DemoSettings
                    {
                        Spec = path,
                        DataRoot = dataRoot,
                        Workers = workers,
                        State = Path.Combine(state.FullName, $"{round}"),
                    },
                    [],
                    Environment.ProcessorCount
                );
                Alone(plan, steps);
                await ClusterAsync(plan, programs, steps);
            }
        }
        finally
        {
            state.Delete(recursive: true);
        }

        return 0;
    }

    private static void Alone(DemoPlan plan, int steps)
    {
        using var run = TrainingRun.Open(
            plan.Spec,
            new TrainingOptions(
                new DataLocation(plan.DataRoot),
                plan.ShardThreads * plan.Workers,
                Math.Max(1, Environment.ProcessorCount / 2)
            )
        );
        using var group = ProcessGroup.Alone(plan.Spec.Batch.Shards);
        for (var step = 0; step < WarmUp; step++)
        {
            run.Step(group);
        }

        List<double> seconds = [];
        var (begun, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var step = 0; step < steps; step++)
        {
            seconds.Add(run.Step(group).Seconds);
        }

        var (wall, processor) = (Stopwatch.GetElapsedTime(begun).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        Print("alone", plan.Workers, seconds, wall, processor, other: 0, coordinator: 0, audit: 0);
    }

    private static async Task ClusterAsync(DemoPlan plan, string programs, int steps)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var state = StateFolder.Open(plan.State);
        await using var cluster = new DemoCluster(plan, state, new ProgramFinder(programs), TimeProvider.System);
        await cluster.StartAsync(limit.Token);
        using var client = new OrchestratorClient(cluster.Server);
        var run = (await client.SubmitRunAsync(plan.Document, "elastic", cancellation: limit.Token)).Id;
        var (start, before) = await ReachAsync(client, run, WarmUp, limit.Token);
        var (end, after) = await ReachAsync(client, run, start.Step + steps, limit.Token);
        var rows = new List<StepRowView>();
        await foreach (var row in client.EnumerateRowsAsync(run, start.Step, limit.Token))
        {
            if (row.Step >= end.Step)
            {
                break;
            }

            rows.Add(row);
        }

        var wall = Stopwatch.GetElapsedTime(start.At, end.At).TotalSeconds;
        Print(
            "cluster",
            plan.Workers,
            [.. rows.Select(row => row.Seconds)],
            wall,
            after.Training + after.Other - before.Training - before.Other,
            after.Other - before.Other,
            after.Coordinator - before.Coordinator,
            rows.Sum(row => row.Phases.GetValueOrDefault("audit"))
        );
    }

    /// <summary>Looks seldom, and often only when it is near: looking costs the coordinator time.</summary>
    private static async Task<((long Step, long At), Processor)> ReachAsync(
        OrchestratorClient client,
        string run,
        long step,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var view = await client.GetRunAsync(run, cancellation);
            var at = Stopwatch.GetTimestamp();
            if (view.Phase.IsEnded())
            {
                throw new InvalidOperationException($"the run ended at step {view.Step} before step {step}: {view.Reason}");
            }

            if (view.Step >= step)
            {
                return (
                    (view.Step, at),
                    Processor.Of((await client.ListWorkersAsync(cancellation)).Workers.Select(worker => worker.ProcessId))
                );
            }

            await Task.Delay(view.Step >= step - 3 ? 10 : 300, cancellation);
        }
    }

    private static void Print(
        string what,
        int workers,
        IReadOnlyList<double> seconds,
        double wall,
        double processor,
        double other,
        double coordinator,
        double audit
    ) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"benchmark":"elastic","what":"{{what}}","workers":{{workers}},"steps":{{seconds.Count}},"stepMilliseconds":{{seconds.Order().ElementAt(seconds.Count / 2) * 1e3:F1}},"processorMillisecondsPerStep":{{processor / seconds.Count * 1e3:F1}},"betweenStepsPercent":{{100 * (1 - (seconds.Sum() / wall)):F2}},"otherThreadsPercent":{{100 * other / processor:F2}},"coordinatorPercent":{{100 * coordinator / processor:F2}},"auditPercent":{{100 * audit / seconds.Sum():F3}}}"""
            )
        );

    /// <summary>Processor seconds so far.</summary>
    /// <param name="Training">Of the workers' rank, shard and data threads.</param>
    /// <param name="Other">Of their other threads: agent, control plane, metrics, the runtime's own.</param>
    /// <param name="Coordinator">Of the coordinator.</param>
    private sealed record Processor(double Training, double Other, double Coordinator)
    {
        private const double TicksASecond = 100;

        public static Processor Of(IEnumerable<int> workers)
        {
            var (training, other) = (0.0, 0.0);
            foreach (var worker in workers)
            {
                var mine = Directory
                    .GetDirectories($"/proc/{worker}/task")
                    .Select(thread => Read(Path.Combine(thread, "stat")))
                    .Where(thread => thread.Name == "rank" || thread.Name.StartsWith($"{Name}-", StringComparison.Ordinal))
                    .Sum(thread => thread.Seconds);
                training += mine;
                other += Read($"/proc/{worker}/stat").Seconds - mine;
            }

            var coordinator = Directory
                .GetDirectories("/proc")
                .Select(folder => Path.GetFileName(folder))
                .Where(name => name.All(char.IsAsciiDigit))
                .Single(IsCoordinator);
            return new Processor(training, other, Read($"/proc/{coordinator}/stat").Seconds);
        }

        /// <summary>The one that this process has started.</summary>
        private static bool IsCoordinator(string process)
        {
            try
            {
                return File.ReadAllText($"/proc/{process}/cmdline").Contains("Orchestrator.Coordinator.dll", StringComparison.Ordinal)
                    && Read($"/proc/{process}/stat").Parent == Environment.ProcessId;
            }
            catch (IOException)
            {
                // It has ended meanwhile.
                return false;
            }
        }

        /// <summary>Name, parent, and user and system time.</summary>
        private static (string Name, int Parent, double Seconds) Read(string stat)
        {
            var text = File.ReadAllText(stat);
            var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
            var fields = text[(close + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return (text[(open + 1)..close], int.Parse(fields[1], CultureInfo.InvariantCulture), ticks / TicksASecond);
        }
    }
}
