using System.Diagnostics;
using Orchestrator.Cli.Chaos;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
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
        if (plan.Chaos is { } chaos && chaos.Done() is var done && done.Count == chaos.Seeds.Count)
        {
            tell("every schedule has its report");
            WriteChaos(done);
            return done.All(report => report.Same == true) ? ExitCode.Ok : ExitCode.Failed;
        }

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
        using var client = new OrchestratorClient([cluster.Server], new OrchestratorClientOptions { Time = time });
        var following = new DemoFollower(plan, cluster, client, terminal, json, tell);
        var before = await client.ListWorkersAsync(cancellation);
        var (chaos, disturbed) = plan.Chaos is null ? (null, null) : await following.DisturbAsync(plan.Chaos, cancellation);
        var run =
            disturbed is not null ? disturbed
            : await UnfinishedAsync(plan, state, client, cancellation) is { } unfinished ? following.GoOn(unfinished)
            : await following.SubmitAsync(plan.Spec.Name, plan.Document, cancellation);
        var view = await following.FollowAsync(run, cancellation);
        var detail = await client.GetRunDetailAsync(run, cancellation);
        var after = await client.ListWorkersAsync(cancellation);
        var rows = await client.EnumerateRowsAsync(run, cancellation: cancellation).ToListAsync(cancellation);
        var artifacts = await client.ListRunArtifactsAsync(run, cancellation);
        var paths = DemoResults.Keep(state, run, artifacts.Artifacts, Environment.CurrentDirectory);
        var report = DemoReport.Of(detail, rows, plan.Spec.Batch.Size, before, after, Elapsed()) with
        {
            Encoder = paths.GetValueOrDefault("encoder.safetensors"),
            Reconstruction = paths.GetValueOrDefault("reconstruction.png"),
            Chaos = chaos,
        };
        if (json)
        {
            terminal.WriteLine(report.ToJson());
        }
        else
        {
            WriteResults(report, detail);
        }

        var code = RunEnd.Code(view, terminal);
        return code == ExitCode.Ok && chaos?.Any(schedule => schedule.Same != true) == true ? ExitCode.Failed : code;
    }

    /// <summary>The run that an earlier demo left unfinished in this folder, if it is this spec's; another spec's is refused.</summary>
    private static async Task<string?> UnfinishedAsync(
        DemoPlan plan,
        StateFolder state,
        OrchestratorClient client,
        CancellationToken cancellation
    )
    {
        var unfinished = (await client.ListRunsAsync(cancellation: cancellation)).Runs.Where(r => !r.Phase.IsEnded()).ToList();
        foreach (var run in unfinished)
        {
            if ((await client.GetRunDetailAsync(run.Id, cancellation)).SpecSha256 == RunSpecJson.Hash(plan.Spec))
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
        if (report.Chaos is { } chaos)
        {
            WriteChaos(chaos);
        }
    }

    private void WriteChaos(IReadOnlyList<ChaosReport> reports)
    {
        foreach (var report in reports)
        {
            report.Write(terminal);
        }

        terminal.WriteLine();
        foreach (var line in ChaosSummary.Of(reports))
        {
            terminal.WriteLine(line);
        }
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
