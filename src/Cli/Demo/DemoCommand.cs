using System.Diagnostics;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Demo;

/// <summary>
/// <c>demo</c>: state folder → coordinator and workers → run submitted over HTTP (or the folder's unfinished one gone on with) → followed to its
/// end → results → processes ended. Every way out ends the processes; where this program is killed, their standard inputs close.
/// </summary>
public sealed class DemoCommand(Terminal terminal) : AsyncCommand<DemoSettings>
{
    private readonly TimeProvider time = terminal.Time;

    public override async Task<int> ExecuteAsync(CommandContext context, DemoSettings settings, CancellationToken cancellationToken)
    {
        var plan = DemoPlan.Create(settings, [AppContext.BaseDirectory, Environment.CurrentDirectory], Environment.ProcessorCount);
        Action<string> tell = settings.Json ? terminal.WriteNotice : terminal.WriteLine;
        using var state = StateFolder.Open(plan.State);
        var faulty = true;
        try
        {
            await state.WaitForLastCoordinatorAsync(time, cancellationToken);
            tell(
                $"starting a coordinator and {plan.Workers} {(plan.Workers == 1 ? "worker" : "workers")} on this machine; state and logs in {state.FullName}"
            );
            await using var cluster = new DemoCluster(plan, state, new ProgramFinder(AppContext.BaseDirectory), time);
            await cluster.StartAsync(cancellationToken);
            tell($"ready after {Elapsed().TotalSeconds:0.0} s; page {cluster.Server}");
            var code = await TrainAsync(plan, state, cluster, settings.Json, tell, cancellationToken);
            faulty = code != ExitCode.Ok;
            if (plan.Keep)
            {
                await KeepAsync(cluster, tell, cancellationToken);
            }

            return code;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            faulty = false;
            throw;
        }
        finally
        {
            if (faulty && state.IsTemporary)
            {
                terminal.WriteNotice($"state and logs are kept in {state.FullName}");
            }

            state.Close(keep: faulty || plan.Keep);
        }
    }

    private async Task<int> TrainAsync(
        DemoPlan plan,
        StateFolder state,
        DemoCluster cluster,
        bool json,
        Action<string> tell,
        CancellationToken cancellation
    )
    {
        using var client = new CoordinatorClient(cluster.Server, time);
        var before = await client.WorkersAsync(cancellation);
        var run = await UnfinishedAsync(plan, state, client, cancellation);
        if (run is not null)
        {
            tell($"going on with run {run}, unfinished in this state folder");
        }
        else
        {
            run = (await client.SubmitAsync(plan.Document, Guid.NewGuid().ToString("N"), cancellation)).Id;
            tell($"submitted run {run} ({plan.Spec.Name})");
        }

        var view = await FollowAsync(run, cluster, client, json, cancellation);
        var detail = await client.DetailAsync(run, cancellation);
        var after = await client.WorkersAsync(cancellation);
        var rows = await client.RowsAsync(run, cancellation);
        var artifacts = await client.ArtifactsAsync(run, cancellation);
        var paths = DemoResults.Keep(state, run, artifacts.Artifacts, Environment.CurrentDirectory);
        var report = DemoReport.Of(detail, rows, plan.Spec.Batch.Size, before, after, Elapsed()) with
        {
            Encoder = paths.GetValueOrDefault("encoder.safetensors"),
            Reconstruction = paths.GetValueOrDefault("reconstruction.png"),
        };
        if (json)
        {
            terminal.WriteLine(report.ToJson());
        }
        else
        {
            WriteResults(report, detail);
        }

        return RunEnd.Code(view, terminal);
    }

    /// <summary>The run until its end, unless the processes can't go on before that.</summary>
    private async Task<RunView> FollowAsync(
        string run,
        DemoCluster cluster,
        CoordinatorClient client,
        bool json,
        CancellationToken cancellation
    )
    {
        IProgressDisplay display =
            json || !terminal.IsInteractive
                ? new PlainDisplay(json ? terminal.Error : terminal.Out, time)
                : new ScreenDisplay(terminal.Console, cluster.Server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = cluster.WatchAsync(stop.Token);
        var follow = new RunFollower(client, time).FollowAsync(run, display, cluster.Notes, stop.Token);
        var first = await Task.WhenAny(follow, watch);
        await stop.CancelAsync();
        await Task.WhenAll(follow, watch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first == watch && !cancellation.IsCancellationRequested)
        {
            await watch;
        }

        return await follow;
    }

    /// <summary>The run that an earlier demo left unfinished in this folder, if it is this spec's; another spec's is refused.</summary>
    private static async Task<string?> UnfinishedAsync(
        DemoPlan plan,
        StateFolder state,
        CoordinatorClient client,
        CancellationToken cancellation
    )
    {
        var unfinished = (await client.RunsAsync(cancellation)).Runs.Where(r => !r.Phase.IsEnded()).ToList();
        foreach (var run in unfinished)
        {
            if ((await client.DetailAsync(run.Id, cancellation)).SpecSha256 == RunSpecJson.Hash(plan.Spec))
            {
                return run.Id;
            }
        }

        return unfinished.Count == 0
            ? null
            : throw CliException.BadInput(
                $"the state folder {state.FullName} holds an unfinished run of another spec: {unfinished[0].Id} ({unfinished[0].Name})",
                "a demo goes on with an unfinished run only if spec, steps and seed are the same",
                "give the same options as before, or another folder with --state DIR"
            );
    }

    private void WriteResults(DemoReport report, RunDetailView detail)
    {
        terminal.WriteLine();
        if (detail.Evaluation is { } evaluation)
        {
            RunReport.WriteEvaluation(terminal, evaluation);
        }

        var recovery = report.RecoverySeconds is { } seconds ? $" ({seconds:0.00} s from the loss to the next step)" : "";
        terminal.WriteLine(
            $"run             {report.Run}: {report.State} after {report.Steps} steps, loss {Format.Loss(report.FirstLoss) ?? "–"} to {Format.Loss(report.LastLoss) ?? "–"}"
        );
        terminal.WriteLine(
            $"recoveries      {report.Recoveries}{recovery}, {report.StepsLost} steps lost, {report.CheckpointsRead} checkpoints read"
        );
        terminal.WriteLine($"encoder         {report.Encoder ?? "–"}");
        terminal.WriteLine($"reconstruction  {report.Reconstruction ?? "–"}");
        terminal.WriteLine($"weights SHA-256 {report.WeightsSha256 ?? "–"}");
        terminal.WriteLine($"total           {report.Seconds:0} s, {Format.Rate(report.SamplesPerSecond) ?? "–"} samples/s in training");
    }

    /// <summary>The cluster stays up until Ctrl-C, which is then the way to end in order.</summary>
    private static async Task KeepAsync(DemoCluster cluster, Action<string> tell, CancellationToken cancellation)
    {
        tell($"the cluster stays up at {cluster.Server} until Ctrl-C; try: orchestrator workers --server {cluster.Server}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }
        catch (OperationCanceledException) { }
    }

    private TimeSpan Elapsed()
    {
        using var self = Process.GetCurrentProcess();
        return time.GetUtcNow() - new DateTimeOffset(self.StartTime);
    }
}
