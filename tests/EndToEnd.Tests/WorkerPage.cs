using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Shared.Telemetry;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What a worker's own /metrics says.</summary>
internal static partial class WorkerPage
{
    /// <summary>How many steps it has made.</summary>
    public static async Task<double> StepsAsync(Uri metrics)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(metrics);
        return Sample().Matches(text).Sum(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex($@"^{MetricNames.Steps}(?:\{{[^}}]*\}})? (\S+)", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
