using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Cli.Api;
using Orchestrator.Shared.Telemetry;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What workers tell of themselves, whether a coordinator is there or not.</summary>
internal sealed partial class WorkerMetrics(IReadOnlyList<Uri> pages)
{
    public int Count => pages.Count;

    /// <summary>Those of all workers that are known now.</summary>
    public static async Task<WorkerMetrics> OfAsync(CoordinatorClient client) =>
        new([.. (await client.WorkersAsync(default)).Workers.Select(w => new Uri(new Uri(w.MetricsUrl!), "/metrics"))]);

    /// <summary>Waits until each worker has made so many steps more than it had.</summary>
    public async Task RisesAsync(int by)
    {
        var before = await StepsAsync();
        await Until.HoldsAsync(
            "every worker's step counter to rise",
            async () => (await StepsAsync()).Zip(before).All(p => p.First >= p.Second + by)
        );
    }

    private Task<double[]> StepsAsync() => Task.WhenAll(pages.Select(StepsAsync));

    private static async Task<double> StepsAsync(Uri page)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(page);
        return Sample().Matches(text).Sum(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex($@"^{MetricNames.Steps}(?:\{{[^}}]*\}})? (\S+)", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
