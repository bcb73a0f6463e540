using System.Text.RegularExpressions;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>What both programs tell Prometheus while a run trains.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed partial class MetricsTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Pages_pass_promtool_and_have_every_series_that_rules_read()
    {
        Promtool.Require();
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "steady", workers: 2);
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("a checkpoint", async () => (await client.GetRunDetailAsync(run, default)).Checkpoints.Count > 0);

        var workers = (await client.ListWorkersAsync(default)).Workers.Select(w => new Uri(new Uri(w.MetricsUrl!), "/metrics"));
        using var http = new HttpClient();
        var pages = await Task.WhenAll(workers.Prepend(new Uri(cluster.Server, "/metrics")).Select(page => http.GetStringAsync(page)));
        Assert.Equal(3, pages.Length);
        foreach (var page in pages)
        {
            var (code, said) = await Promtool.RunAsync(page, "check", "metrics");
            Assert.True(code == 0 && said.Length == 0, $"{said}\n{page}");
        }

        var series = pages
            .SelectMany(page => Samples().Matches(page))
            .Select(m => m.Groups["name"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var rules = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "k8s/rules/orchestrator.rules.yaml"),
            TestContext.Current.CancellationToken
        );
        var read = Names().Matches(rules).Select(m => m.Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(read);
        Assert.Empty(read.Except(series, StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^(?<name>\w+)(?:\{[^}]*\})? \S+$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Samples();

    [GeneratedRegex(@"\borchestrator_\w+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();
}
