using System.Globalization;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Sweeps;

/// <summary><c>sweep list</c>: the sweeps, newest first.</summary>
public sealed class SweepListCommand(Terminal terminal) : AsyncCommand<ServerSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ServerSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var list = await client.ListSweepsAsync(cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(list);
            return ExitCode.Ok;
        }

        var now = terminal.Time.GetUtcNow();
        var table = new TextTable("sweep", "name", "search", "phase", "trials", "completed", "stopped", "failed", "best", "age", "reason");
        foreach (var sweep in list.Sweeps.OrderByDescending(s => s.CreatedAt))
        {
            table.Add(
                sweep.Id,
                sweep.Name,
                SpecWords.Word(sweep.Search),
                SpecWords.Word(sweep.Phase),
                $"{sweep.Submitted}/{sweep.Trials}",
                sweep.Completed.ToString(CultureInfo.InvariantCulture),
                sweep.Stopped.ToString(CultureInfo.InvariantCulture),
                sweep.Failed.ToString(CultureInfo.InvariantCulture),
                sweep.Best is { } best
                    ? $"{sweep.Metric} {best.Value.ToString("G5", CultureInfo.InvariantCulture)} of trial {best.Trial}"
                    : null,
                Format.Ago(sweep.CreatedAt, now),
                sweep.Reason
            );
        }

        if (table.Count == 0)
        {
            terminal.WriteLine("no sweeps; submit one with: orchestrator sweep submit FILE");
        }
        else
        {
            terminal.Write(table);
        }

        return ExitCode.Ok;
    }
}
