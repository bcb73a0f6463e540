using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Demo;

/// <summary>Submits a demo's runs and follows each to its end, while the processes are watched over.</summary>
/// <param name="json">Progress goes to standard error.</param>
/// <param name="tell">Told what is submitted.</param>
internal sealed class DemoFollower(
    DemoPlan plan,
    DemoCluster cluster,
    OrchestratorClient client,
    Terminal terminal,
    bool json,
    Action<string> tell
)
{
    // A disturbed run waits for processes that start again and for pauses, and for nothing else.
    private static readonly TimeSpan LeastLimit = TimeSpan.FromMinutes(2);
    private const int LongerThanUndisturbed = 10;

    /// <returns>The run's id.</returns>
    public async Task<string> SubmitAsync(string name, string document, CancellationToken cancellation)
    {
        var run = (await client.SubmitRunAsync(document, Guid.NewGuid().ToString("N"), cancellation: cancellation)).Id;
        tell($"submitted run {run} ({name})");
        return run;
    }

    public string GoOn(string run)
    {
        tell($"going on with run {run}, unfinished in this state folder");
        return run;
    }

    /// <summary>The run until its end, unless the processes can't go on before that.</summary>
    public async Task<RunView> FollowAsync(string run, CancellationToken cancellation)
    {
        IProgressDisplay display =
            json || !terminal.IsInteractive
                ? new PlainDisplay(json ? terminal.Error : terminal.Out, terminal.Time)
                : new ScreenDisplay(terminal.Console, cluster.Server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = cluster.WatchAsync(stop.Token);
        var follow = new RunFollower(client, terminal.Time).FollowAsync(run, display, cluster.Notes, stop.Token);
        var first = await Task.WhenAny(follow, watch);
        await stop.CancelAsync();
        await Task.WhenAll(follow, watch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first == watch && !cancellation.IsCancellationRequested)
        {
            await watch;
        }

        return await follow;
    }

    /// <summary>
    /// The spec without its probes: once undisturbed, then once under the faults of each seed that has no report yet. The last run is left to be
    /// followed to its end.
    /// </summary>
    /// <returns>A report a seed, and the last run.</returns>
    public async Task<(IReadOnlyList<ChaosReport> Reports, string Run)> DisturbAsync(DemoChaos chaos, CancellationToken cancellation)
    {
        var begun = terminal.Time.GetTimestamp();
        var undisturbed = await TrainAsync(plan.Spec with { Name = $"{plan.Spec.Name}-undisturbed" }, cancellation);
        if (undisturbed.Run.Phase != RunPhase.Completed)
        {
            throw CliException.Failed($"the undisturbed run {undisturbed.Run.Id} did not complete", undisturbed.Run.Reason);
        }

        var limit = LeastLimit + (LongerThanUndisturbed * terminal.Time.GetElapsedTime(begun));
        var reports = chaos.Done().ToList();
        if (reports.Find(report => report.UndisturbedWeightsSha256 != undisturbed.WeightsSha256) is { } other)
        {
            throw CliException.BadInput(
                $"the report of seed {other.Seed} is of another run",
                $"undisturbed it has the weights {other.UndisturbedWeightsSha256}, this one {undisturbed.WeightsSha256}",
                "give another folder with --chaos-reports"
            );
        }

        var run = undisturbed.Run.Id;
        foreach (var seed in chaos.Seeds.Except(reports.Select(report => report.Seed)))
        {
            var report = await DisturbAsync(seed, chaos.Counts, undisturbed, limit, cancellation);
            run = report.Run;
            chaos.Reports?.Keep(report);
            reports.Add(report);
        }

        return ([.. reports.OrderBy(report => report.Seed)], run);
    }

    /// <summary>One schedule.</summary>
    /// <param name="limit">How long the run may take.</param>
    private async Task<ChaosReport> DisturbAsync(
        ulong seed,
        ChaosCounts counts,
        RunDetailView undisturbed,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var strikes = ChaosPlan.Create(seed, counts, undisturbed.Run.TotalSteps);
        var spec = plan.Spec with { Name = $"{plan.Spec.Name}-chaos-{seed}" };
        var run = await SubmitAsync(spec.Name, Document(spec), cancellation);
        using var late = new CancellationTokenSource(limit, terminal.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        var targets = new LocalWorkers(client, run, cluster.KillCoordinator);
        var disturbing = new ChaosRunner(client, targets, plan.Spec.Workers.Min, terminal.Time, cluster.Tell).RunAsync(
            run,
            strikes,
            stop.Token
        );
        try
        {
            await FollowAsync(run, stop.Token);
            var outcomes = await disturbing;
            var history = await client.GetRunHistoryAsync(run, cancellation);
            return ChaosReport.Of(seed, outcomes, await client.GetRunDetailAsync(run, cancellation), history.Events, undisturbed);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            var view = await client.GetRunAsync(run, cancellation);
            throw CliException.Failed(
                $"the schedule of seed {seed} did not end within {limit.TotalSeconds:0} s: run {run} is {SpecWords.Word(view.Phase)} at step {view.Step}",
                view.Reason,
                $"its state and logs are in {plan.State ?? "the state folder"}"
            );
        }
        finally
        {
            // Whoever stands still goes on, also when the following failed.
            await stop.CancelAsync();
            await ((Task)disturbing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<RunDetailView> TrainAsync(RunSpec spec, CancellationToken cancellation)
    {
        var run = await SubmitAsync(spec.Name, Document(spec), cancellation);
        await FollowAsync(run, cancellation);
        return await client.GetRunDetailAsync(run, cancellation);
    }

    private static string Document(RunSpec spec) => RunSpecJson.Write(spec with { Probes = [] });
}
