using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>release WORKER</c>: a worker that was lost again and again may be used at once; tells how it stands then.</summary>
public sealed class ReleaseCommand(Terminal terminal) : AsyncCommand<WorkerSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, WorkerSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        await client.ReleaseWorkerAsync(settings.Worker, cancellationToken);
        var worker = (await client.ListWorkersAsync(cancellationToken)).Workers.First(w => w.WorkerId == settings.Worker);
        if (settings.Json)
        {
            terminal.WriteJson(worker);
        }
        else
        {
            terminal.WriteLine($"{worker.WorkerId} {worker.State}: {worker.Reason}");
        }

        return ExitCode.Ok;
    }
}
