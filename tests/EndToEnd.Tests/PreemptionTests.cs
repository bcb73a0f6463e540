using System.Text.RegularExpressions;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A run that gives workers to an urgent one ends as if nobody had asked for them.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed partial class PreemptionTests(UndisturbedRuns runs)
{
    [Theory]
    [InlineData(1, "gives worker-2 to ", Traits = ["Faults", "all"])]
    [InlineData(2, "stopped for ")]
    public async Task A_run_that_is_shrunk_or_stopped_for_another_keeps_its_bits_and_loses_no_step(int urgentWorkers, string cause)
    {
        Required.Patience();
        var expected = await runs.OfAsync("lasting");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(
            state,
            "lasting",
            workers: 2,
            ("Timers__GrowthHoldOff", "00:00:01"),
            ("Scheduling__PreemptionHoldOff", "00:00:00.1")
        );
        await cluster.StartAsync();
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        await Until.HoldsAsync("the run's first steps", async () => (await client.GetRunAsync(run, default)).Step >= 2);

        var spec = await File.ReadAllTextAsync(Repository.Spec("short"));
        var urgent = Workers().Replace(spec, $"workers: {{ min: {urgentWorkers}, max: {urgentWorkers}, device: cpu }}\npriority: 10");
        var other = (await client.SubmitRunAsync(urgent, "urgent", cancellation: default)).Id;
        await Until.HoldsAsync("the urgent run's end", async () => (await client.GetRunAsync(other, default)).Phase.IsEnded());
        Assert.Equal(RunPhase.Completed, (await client.GetRunAsync(other, default)).Phase);

        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L), (detail.Recoveries, detail.StepsLost));
        var history = string.Join("\n", (await client.GetRunHistoryAsync(run, default)).Events.Select(e => e.Text));
        Assert.Contains($"{cause}{other} (priority 10, this run's is 0)", history, StringComparison.Ordinal);
        // What was taken has come back, unless the run ended before.
        Assert.Contains(detail.Generations.Skip(1), g => g.Workers.Count == (urgentWorkers == 1 ? 1 : 2));
    }

    [GeneratedRegex("^workers: .*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Workers();
}
