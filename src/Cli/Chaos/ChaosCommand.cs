using Orchestrator.Cli.Output;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Chaos;

/// <summary><c>chaos RUN</c>: a seeded schedule of faults against a live run whose workers are processes of this machine, until its end.</summary>
public sealed class ChaosCommand(Terminal terminal) : AsyncCommand<ChaosSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ChaosSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var detail = await client.GetRunDetailAsync(settings.Run, cancellationToken);
        if (detail.Run.Phase.IsEnded())
        {
            throw CliException.BadInput(
                $"run {settings.Run} has ended ({SpecWords.Word(detail.Run.Phase)})",
                next: "chaos disturbs a run that goes on"
            );
        }

        var targets = new LocalWorkers(client, settings.Run);
        var minimum = detail.Spec.GetProperty("workers").GetProperty("min").GetInt32();
        if ((await targets.WorkersAsync(cancellationToken)).Count <= minimum)
        {
            throw CliException.BadInput(
                $"run {settings.Run} has too few workers on this machine",
                $"it needs {minimum} to go on, and chaos signals processes of its own machine only",
                "start more workers here, or run this where they are"
            );
        }

        var plan = ChaosPlan.Create(settings.Seed, new ChaosCounts(settings.Kills, settings.Pauses, 0), detail.Run.TotalSteps);
        Action<string> tell = settings.Json ? terminal.WriteNotice : terminal.WriteLine;
        var outcomes = await new ChaosRunner(client, targets, minimum, terminal.Time, tell).RunAsync(settings.Run, plan, cancellationToken);
        var after = await client.GetRunDetailAsync(settings.Run, cancellationToken);
        var other = settings.Against is { } against ? await client.GetRunDetailAsync(against, cancellationToken) : null;
        var history = await client.GetRunHistoryAsync(settings.Run, cancellationToken);
        var report = ChaosReport.Of(settings.Seed, outcomes, after, history.Events, other);
        if (settings.Json)
        {
            terminal.WriteJson(report);
        }
        else
        {
            report.Write(terminal);
        }

        return after.Run.Phase == RunPhase.Completed && report.Same != false ? ExitCode.Ok : ExitCode.Failed;
    }
}
