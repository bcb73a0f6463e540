using Orchestrator.Cli.Api;
using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Demo;

/// <summary>Submits a demo's runs and follows each to its end, while the processes are watched over.</summary>
/// <param name="json">Progress goes to standard error.</param>
/// <param name="tell">Told what is submitted.</param>
internal sealed class DemoFollower(
    DemoPlan plan,
    DemoCluster cluster,
    CoordinatorClient client,
    Terminal terminal,
    bool json,
    Action<string> tell
)
{
    /// <returns>The run's id.</returns>
    public async Task<string> SubmitAsync(string name, string document, CancellationToken cancellation)
    {
        var run = (await client.SubmitAsync(document, Guid.NewGuid().ToString("N"), cancellation)).Id;
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

    /// <summary>The spec without its probes: once undisturbed, then once under the faults of each seed. The last run is left to be followed to its end.</summary>
    /// <returns>A report a seed.</returns>
    public async Task<IReadOnlyList<ChaosReport>> DisturbAsync(DemoChaos chaos, CancellationToken cancellation)
    {
        var undisturbed = await TrainAsync(plan.Spec with { Name = $"{plan.Spec.Name}-undisturbed" }, null, cancellation);
        if (undisturbed.Detail.Run.Phase != RunPhase.Completed)
        {
            throw CliException.Failed($"the undisturbed run {undisturbed.Detail.Run.Id} did not complete", undisturbed.Detail.Run.Reason);
        }

        var reports = new List<ChaosReport>();
        foreach (var seed in chaos.Seeds)
        {
            var strikes = ChaosPlan.Create(seed, chaos.Counts, undisturbed.Detail.Run.TotalSteps);
            var (detail, outcomes) = await TrainAsync(plan.Spec with { Name = $"{plan.Spec.Name}-chaos-{seed}" }, strikes, cancellation);
            reports.Add(ChaosReport.Of(seed, outcomes, detail, undisturbed.Detail));
        }

        return reports;
    }

    private async Task<(RunDetailView Detail, IReadOnlyList<ChaosOutcome> Outcomes)> TrainAsync(
        RunSpec spec,
        IReadOnlyList<ChaosStrike>? strikes,
        CancellationToken cancellation
    )
    {
        var run = await SubmitAsync(spec.Name, RunSpecJson.Write(spec with { Probes = [] }), cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var targets = new LocalWorkers(client, run, cluster.KillCoordinator);
        var disturbing = strikes is null
            ? null
            : new ChaosRunner(client, targets, plan.Spec.Workers.Min, terminal.Time, cluster.Tell).RunAsync(run, strikes, stop.Token);
        try
        {
            await FollowAsync(run, cancellation);
            return (await client.DetailAsync(run, cancellation), disturbing is null ? [] : await disturbing);
        }
        finally
        {
            // Whoever stands still goes on, also when the following failed.
            await stop.CancelAsync();
            await (disturbing ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
