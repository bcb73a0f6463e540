using System.Text.Json;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Demo;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Checkpoints are judged beside the training: on the way, and when somebody asks.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class EvaluationTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task Probes_on_the_way_touch_no_bit_and_losing_who_makes_one_disturbs_nobody()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "probed", workers: 1);
        await cluster.StartAsync();
        await cluster.StartWorkerAsync("worker-2", cluster.Contact);
        var run = await cluster.SubmitAsync();
        using var client = new CoordinatorClient(cluster.Server, TimeProvider.System);
        WorkerView? judge = null;
        await Until.HoldsAsync(
            "a probe on the way",
            async () => (judge = (await client.WorkersAsync(default)).Workers.FirstOrDefault(w => w.State == "evaluating")) is not null
        );
        Processes.Kill(judge!.ProcessId);
        await Until.HoldsAsync("its loss", async () => (await client.WorkersAsync(default)).Workers.Any(w => w.State == "lost"));
        await cluster.StartWorkerAsync(judge.WorkerId, cluster.Contact);
        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.DetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Single(detail.Generations);
        var probes = (await client.EvaluationsAsync(run, default)).Evaluations;
        Assert.NotEmpty(probes);
        Assert.All(probes, p => Assert.InRange(p.Step, 10, 39));
        Assert.Equal(probes.Count, (await client.HistoryAsync(run, default)).Events.Count(e => e.Kind == "evaluated"));

        // Whoever judges it, and whenever: the same checkpoint in the same way gives the same figures.
        var again = await EvaluateAsync(state, cluster, run, "low-shot");
        Assert.Equal(40, again.Step);
        Assert.All(again.Result!.Figures.Where(f => f.Network == JudgedFeatures.Random), f => Assert.InRange(f.Value, 0.1, 0.6));
        var stored = await EvaluateAsync(state, cluster, run, "low-shot");
        Assert.Equal(again.Result.Figures.Select(f => f.Value), stored.Result!.Figures.Select(f => f.Value));
        Assert.Equal(again.Result.Seconds, stored.Result.Seconds);
    }

    private static async Task<EvaluationErrandView> EvaluateAsync(StateFolder state, Parts cluster, string run, string protocol)
    {
        await using var evaluate = CliProcess.Start(
            state.FullName,
            "evaluate",
            run,
            "--protocol",
            protocol,
            "--json",
            "--server",
            $"{cluster.Server}"
        );
        Assert.True(await evaluate.EndAsync() == 0, evaluate.Both);
        return JsonSerializer.Deserialize<EvaluationErrandView>(evaluate.Out, RunSpecJson.Options)!;
    }
}
