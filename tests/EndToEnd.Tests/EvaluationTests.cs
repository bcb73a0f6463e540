using System.Text.Json;
using Orchestrator.Cli.Demo;
using Orchestrator.Client;
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
    public async Task Probes_on_the_way_touch_no_bit_and_losing_who_judges_disturbs_nobody_and_changes_no_figure()
    {
        Required.Patience();
        var expected = await runs.OfAsync("steady");
        using var state = StateFolder.Open(runs.Folder());
        await using var cluster = new Parts(state, "probed", workers: 1);
        await cluster.StartAsync();
        await cluster.StartWorkerAsync("worker-2", cluster.Contact);
        var run = await cluster.SubmitAsync();
        using var client = new OrchestratorClient(cluster.Server);
        WorkerView? judge = null;
        await Until.HoldsAsync(
            "a probe on the way",
            async () => (judge = (await client.ListWorkersAsync(default)).Workers.FirstOrDefault(w => w.State == "evaluating")) is not null
        );
        Processes.Kill(judge!.ProcessId);
        await Until.HoldsAsync("its loss", async () => (await client.ListWorkersAsync(default)).Workers.Any(w => w.State == "lost"));
        await cluster.StartWorkerAsync(judge.WorkerId, cluster.Contact);
        await runs.AssertEndsAsync(client, run, expected);
        var detail = await client.GetRunDetailAsync(run, default);
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Single(detail.Generations);
        var probes = (await client.ListRunEvaluationsAsync(run, default)).Evaluations;
        Assert.NotEmpty(probes);
        Assert.All(probes, p => Assert.InRange(p.Step, 10, 39));
        Assert.Equal(probes.Count, (await client.GetRunHistoryAsync(run, default)).Events.Count(e => e.Kind == "evaluated"));

        // Whoever judges it, and whenever: the same checkpoint in the same way gives the same figures.
        var again = await EvaluateAsync(state, cluster, run, "low-shot");
        Assert.Equal(40, again.Step);
        Assert.All(again.Result!.Figures.Where(f => f.Network == JudgedFeatures.Random), f => Assert.InRange(f.Value, 0.1, 0.6));
        var stored = await EvaluateAsync(state, cluster, run, "low-shot");
        Assert.Equal(again.Result.Figures.Select(f => f.Value), stored.Result!.Figures.Select(f => f.Value));
        Assert.Equal(again.Result.Seconds, stored.Result.Seconds);
        await JudgeTogetherAsync(state, cluster, client, run);
    }

    /// <summary>Who is to report it is killed once both have computed something: the other takes over, with the same figures as of one worker.</summary>
    private static async Task JudgeTogetherAsync(StateFolder state, Parts cluster, OrchestratorClient client, string run)
    {
        const string Recipe =
            "finetune: { budget: { steps: 60 }, batch: { size: 32, shards: 4 }, labels: [2, 5], allLabels: false }, splits: 3, workers: ";
        await using var asked = Asking(state, cluster, run, $"{{ protocols: [finetune], {Recipe}4 }}");
        WorkerView? lead = null;
        WorkerView? helper = null;
        // Each says so with its own next status: one may be seen before the other.
        await Until.HoldsAsync(
            "one that judges and one that helps",
            async () =>
            {
                var workers = (await client.ListWorkersAsync(default)).Workers;
                lead = workers.SingleOrDefault(w => w.Reason.StartsWith("judges", StringComparison.Ordinal));
                helper = workers.SingleOrDefault(w => w.Reason.StartsWith("helps", StringComparison.Ordinal));
                return lead is not null && helper is not null;
            }
        );
        var pieces = Path.Combine(state.Storage, "runs", run, "evaluations");
        await Until.HoldsAsync(
            "a piece of each",
            () =>
                Task.FromResult(
                    Directory.Exists(pieces) && Directory.GetFiles(pieces, "*.piece", SearchOption.AllDirectories).Length is >= 2 and < 12
                )
        );
        Processes.Kill(lead!.ProcessId);
        Assert.True(await asked.EndAsync() == 0, asked.Both);
        var together = JsonSerializer.Deserialize<EvaluationErrandView>(asked.Out, RunSpecJson.Options)!.Result!;
        Assert.Equal(helper!.WorkerId, together.Worker);
        Assert.Equal([lead.WorkerId], together.Helpers);
        Assert.Empty(Directory.GetDirectories(pieces));

        // Another evaluation, so that it is computed again; its trainings are the same.
        await using var again = Asking(state, cluster, run, $"{{ protocols: [knn, finetune], {Recipe}1 }}");
        Assert.True(await again.EndAsync() == 0, again.Both);
        var alone = JsonSerializer.Deserialize<EvaluationErrandView>(again.Out, RunSpecJson.Options)!.Result!;
        Assert.Empty(alone.Helpers);
        Assert.Equal(
            alone.Figures.Where(f => f.Protocol == EvaluationProtocol.Finetune).SelectMany(f => f.Draws),
            together.Figures.SelectMany(f => f.Draws)
        );
        Assert.Equal(12, together.Figures.Sum(f => f.Draws.Count));
    }

    private static CliProcess Asking(StateFolder state, Parts cluster, string run, string document)
    {
        var file = Path.Combine(state.FullName, $"{Guid.NewGuid():N}.yaml");
        File.WriteAllText(file, document);
        return CliProcess.Start(state.FullName, "evaluate", run, "--file", file, "--json", "--server", $"{cluster.Server}");
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
