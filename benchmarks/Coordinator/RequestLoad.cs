using System.Diagnostics;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>
/// Requests at a fixed rate, each begun in its time whether or not the one before has been answered: so a slow answer hides no other one.
/// </summary>
internal sealed class RequestLoad(CoordinatorCalls calls, RunMix mix, IReadOnlyList<RunView> runs)
{
    private readonly RunView[] watched =
    [
        .. runs.Where(run => run.Phase == RunPhase.Running).Take(50),
        .. runs.Where(run => run.Phase == RunPhase.Completed).TakeLast(50),
    ];
    private readonly List<string> submitted = [];

    public LatencyLog Submit { get; } = new();

    public LatencyLog List { get; } = new();

    public LatencyLog Detail { get; } = new();

    public LatencyLog Metrics { get; } = new();

    public LatencyLog Workers { get; } = new();

    /// <summary>Five requests a second of each kind, two of all workers.</summary>
    public async Task RunAsync(TimeSpan time)
    {
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            EveryAsync(begun, time, 0.2, i => SubmitAsync(i)),
            EveryAsync(begun, time, 0.2, _ => calls.GetAsync("/api/v1/runs?limit=50", List)),
            EveryAsync(begun, time, 0.2, i => calls.GetAsync($"/api/v1/runs/{Watched(i)}/detail", Detail)),
            EveryAsync(begun, time, 0.2, i => calls.GetAsync($"/api/v1/runs/{Watched(i)}/metrics?from=0&limit=100", Metrics)),
            EveryAsync(begun, time, 0.5, _ => calls.GetAsync("/api/v1/workers", Workers))
        );
        // What was submitted to be measured waits; it goes again, so that the mix stays as it was.
        foreach (var run in submitted)
        {
            await calls.CancelAsync(run);
        }

        submitted.Clear();
    }

    private string Watched(int number) => watched[number * 37 % watched.Length].Id;

    /// <summary>Half of them for a device that nobody has, half behind the gang that waits.</summary>
    private async Task SubmitAsync(int number)
    {
        var (kind, _, spec) = mix.Kinds[number % 2 == 0 ? ^2 : ^1];
        var run = await calls.SubmitAsync(RunMix.Named(spec, $"measured-{kind}", number), Submit);
        lock (submitted)
        {
            submitted.Add(run);
        }
    }

    private static async Task EveryAsync(long begun, TimeSpan time, double seconds, Func<int, Task> request)
    {
        var pending = new List<Task>();
        for (var i = 0; i * seconds < time.TotalSeconds; i++)
        {
            var wait = TimeSpan.FromSeconds(i * seconds) - Stopwatch.GetElapsedTime(begun);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            pending.Add(request(i));
        }

        await Task.WhenAll(pending);
    }
}
