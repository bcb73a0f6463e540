using Orchestrator.Client;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What workers tell of themselves, whether a coordinator is there or not.</summary>
internal sealed class WorkerMetrics(IReadOnlyList<Uri> pages)
{
    public int Count => pages.Count;

    /// <summary>Those of all workers that are known now.</summary>
    public static async Task<WorkerMetrics> OfAsync(OrchestratorClient client) =>
        new([.. (await client.ListWorkersAsync(default)).Workers.Select(w => new Uri(new Uri(w.MetricsUrl!), "/metrics"))]);

    /// <summary>Waits until each worker has made so many steps more than it had.</summary>
    public async Task RisesAsync(int by)
    {
        var before = await StepsAsync();
        await Until.HoldsAsync(
            "every worker's step counter to rise",
            async () => (await StepsAsync()).Zip(before).All(p => p.First >= p.Second + by)
        );
    }

    private Task<double[]> StepsAsync() => Task.WhenAll(pages.Select(WorkerPage.StepsAsync));
}
