using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class StudyRunnerTests
{
    private static readonly StudyPlan Plan = StudyPlan.LabelEfficient(Sample.Settings(seeds: 1));

    [Fact]
    public async Task Every_run_is_submitted_once_judged_once_and_its_cost_is_told()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        var ended = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        Assert.Equal(Plan.Runs.Select(r => r.IdempotencyKey(1)).Order(), cluster.Keys.Order());
        Assert.All(ended.Runs, r => Assert.True(r is { IsSettled: true, Failure: null, Phase: RunPhase.Completed }, r.ToString()));
        Assert.Equal(10, cluster.Evaluations.Count);
        // Pixels and the network before training: once for the class token, once for mim's features.
        Assert.Equal(["contrastive-seed0", "mim-seed0"], cluster.Evaluations.Where(e => e.Baselines).Select(e => e.Name).Order());
        // 300 steps of half a second on the two workers of the generation.
        Assert.Equal(new StudyCost(100, 300, 7), ended.Runs[0].Cost);
        Assert.Equal(100, ended.Runs[0].Losses!.Steps.Count);
    }

    [Fact]
    public async Task An_interrupted_study_goes_on_with_its_runs()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        using var folder = new TemporaryFolder();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        cluster.Phase = (name, _) => name == "mim-seed0" ? RunPhase.Running : RunPhase.Completed;
        using (var kept = StudyFolder.Open(folder.Path))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                RunAsync(
                    cluster,
                    StudyState.Of(Plan, null, retry: false),
                    state =>
                    {
                        kept.Keep(state);
                        if (state.Runs.Count(r => r.IsSettled) == 9)
                        {
                            stop.Cancel();
                        }
                    },
                    stop.Token
                )
            );
        }

        cluster.Phase = (_, _) => RunPhase.Completed;
        using var found = StudyFolder.Open(folder.Path);
        var asked = cluster.Requests.Count(r => r == "POST /api/v1/runs");
        var ended = await RunAsync(cluster, StudyState.Of(Plan, found.Find(Plan), retry: false));
        Assert.All(ended.Runs, r => Assert.Null(r.Failure));
        Assert.Equal((10, asked), (cluster.Keys.Count, cluster.Requests.Count(r => r == "POST /api/v1/runs")));
        Assert.Equal(10, cluster.Evaluations.Count);
    }

    [Fact]
    public async Task Without_its_state_the_runs_are_found_again()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        var first = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        var second = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        Assert.Equal(first.Runs.Select(r => r.Run), second.Runs.Select(r => r.Run));
        Assert.Equal(10, cluster.Keys.Count);
    }

    [Fact]
    public async Task A_run_that_fails_is_tried_again_under_another_key()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        cluster.Phase = (name, attempt) =>
            name == "mim-seed0" && attempt == 1 ? RunPhase.Failed
            : name == "mim-seed0" && attempt == 2 ? RunPhase.Canceled
            : RunPhase.Completed;
        var ended = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        var mim = ended.Runs.Single(r => r.Cell == "mim");
        Assert.Equal((3, null), (mim.Attempt, mim.Failure));
        Assert.Equal(12, cluster.Keys.Count);
    }

    [Fact]
    public async Task A_run_that_fails_thrice_is_told_and_stops_no_other_until_it_is_to_be_tried_again()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        cluster.Phase = (name, attempt) => name == "mim-seed0" && attempt <= 3 ? RunPhase.Failed : RunPhase.Completed;
        var ended = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        Assert.Equal("it is Failed (3 attempts)", ended.Runs.Single(r => r.Cell == "mim").Failure);
        Assert.Equal(9, ended.Runs.Count(r => r.Failure is null));
        Assert.Equal(ended.Runs, (await RunAsync(cluster, StudyState.Of(Plan, ended, retry: false))).Runs);
        var again = await RunAsync(cluster, StudyState.Of(Plan, ended, retry: true));
        var mim = again.Runs.Single(r => r.Cell == "mim");
        Assert.Equal((4, null), (mim.Attempt, mim.Failure));
    }

    [Fact]
    public async Task An_evaluation_that_fails_is_asked_for_again_and_then_told()
    {
        await using var cluster = await FakeStudyCluster.StartAsync();
        cluster.Evaluation = _ => ErrandPhase.Failed;
        var ended = await RunAsync(cluster, StudyState.Of(Plan, null, retry: false));
        Assert.All(ended.Runs, r => Assert.Equal("evaluation default: it is Failed", r.Failure));
        Assert.Equal(30, cluster.Evaluations.Count);
        cluster.Evaluation = _ => ErrandPhase.Done;
        var again = await RunAsync(cluster, StudyState.Of(Plan, ended, retry: true));
        Assert.All(again.Runs, r => Assert.Null(r.Failure));
        Assert.Equal(10, cluster.Keys.Count);
    }

    private static async Task<StudyState> RunAsync(
        FakeStudyCluster cluster,
        StudyState begun,
        Action<StudyState>? keep = null,
        CancellationToken? cancellation = null
    )
    {
        using var client = new OrchestratorClient(new Uri(cluster.Url));
        var runner = new StudyRunner(client, Plan, keep ?? (_ => { }), TimeProvider.System, _ => { }, TimeSpan.FromMilliseconds(5));
        return await runner.RunAsync(begun, cancellation ?? TestContext.Current.CancellationToken);
    }
}
