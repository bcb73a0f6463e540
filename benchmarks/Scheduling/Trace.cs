using System.Globalization;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Scheduling;

/// <summary>
/// A seeded lab: thirty users in six projects, of whom a few submit most; Poisson arrivals by days and nights alike; device-hours with a heavy tail (Pareto,
/// α = 1.3, cut at two hundred times the least); gangs of 1 to 32, most of them elastic; one run in ten is urgent, one in ten can wait.
/// </summary>
internal static class Trace
{
    private const int Users = 30;
    private const int Projects = 6;
    private const double Tail = 1.3;
    private const double Least = 0.5;
    private const double MostTimes = 200;

    /// <param name="load">Device-hours that are submitted an hour, by the workers that there are.</param>
    public static IReadOnlyList<TraceRun> Of(int runs, int workers, double load, int seed)
    {
        var random = new Random(seed);
        // Zipf: the second user submits half of what the first does.
        var users = Enumerable.Range(1, Users).Select(rank => 1.0 / rank).ToArray();
        var drawn = Enumerable.Range(0, runs).Select(_ => Draw(random, users, workers)).ToArray();
        var hours = drawn.Sum(r => r.DeviceHours) / (load * workers);
        var at = 0.0;
        return
        [
            .. drawn.Select(
                (run, i) =>
                {
                    at -= Math.Log(1 - random.NextDouble()) * hours / runs;
                    return run with { Run = $"r-{i.ToString("D5", CultureInfo.InvariantCulture)}", At = TimeSpan.FromHours(at) };
                }
            ),
        ];
    }

    /// <summary>Nine in ten compute the same bits, the others those of an older machine; eight on a machine.</summary>
    public static IReadOnlyList<SchedulableWorker> Workers(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new SchedulableWorker(
                    $"w-{i.ToString("D4", CultureInfo.InvariantCulture)}",
                    $"w-{i.ToString("D4", CultureInfo.InvariantCulture)}#1",
                    DeviceKind.Cpu,
                    i % 10 == 9 ? "old" : "new",
                    null
                )
                {
                    Host = $"h-{(i / 8).ToString("D3", CultureInfo.InvariantCulture)}",
                }),
        ];

    private static TraceRun Draw(Random random, double[] users, int workers)
    {
        var draw = random.NextDouble() * users.Sum();
        var user = 0;
        while (user < users.Length - 1 && draw > users[user])
        {
            draw -= users[user++];
        }

        var min = Math.Min(1 << random.Next(6), Math.Max(1, workers / 4));
        var kind = random.Next(10);
        var size = Math.Min(MostTimes, Math.Pow(1 - random.NextDouble(), -1 / Tail));
        return new TraceRun(
            "",
            new RunOwner($"project-{user % Projects}", $"user-{user.ToString("D2", CultureInfo.InvariantCulture)}"),
            kind switch
            {
                0 => 10,
                1 => -10,
                _ => 0,
            },
            min,
            min << random.Next(3),
            TimeSpan.Zero,
            // Larger gangs for larger work.
            Least * min * size
        );
    }
}
