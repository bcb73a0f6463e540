using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>workers</c>: who lends devices, what each does, and why.</summary>
public sealed class WorkersCommand(Terminal terminal) : AsyncCommand<ServerSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ServerSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var list = await client.ListWorkersAsync(cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(list);
            return ExitCode.Ok;
        }

        var table = new TextTable("worker", "state", "device", "run", "rank", "step", "heard", "process", "metrics", "reason");
        foreach (var worker in list.Workers.OrderBy(w => w.WorkerId, StringComparer.Ordinal))
        {
            table.Add(
                worker.WorkerId,
                worker.State,
                worker.Device,
                worker.Run,
                worker.Rank?.ToString(),
                worker.Run is null ? null : worker.Step.ToString(),
                $"{worker.SilentSeconds:0.0} s ago",
                worker.ProcessId.ToString(),
                worker.MetricsUrl,
                worker.WaitsFor.Count == 0 ? worker.Reason : $"{worker.Reason}; waits for {string.Join(", ", worker.WaitsFor)}"
            );
        }

        if (table.Count == 0)
        {
            terminal.WriteLine("no workers are connected");
        }
        else
        {
            terminal.Write(table);
        }

        return ExitCode.Ok;
    }
}
