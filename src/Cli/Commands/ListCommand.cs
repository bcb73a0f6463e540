using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>list</c>: the runs, newest first; every one unless options say otherwise.</summary>
public sealed class ListCommand(Terminal terminal) : AsyncCommand<ListSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ListSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var list = await client.ListRunsAsync(
            settings.Limit,
            phase: settings.Phase,
            labels: settings.Labels,
            cancellation: cancellationToken
        );
        if (settings.Json)
        {
            terminal.WriteJson(list);
            return ExitCode.Ok;
        }

        var now = terminal.Time.GetUtcNow();
        var table = new TextTable("run", "name", "method", "phase", "step", "loss", "ranks", "age", "reason");
        foreach (var run in list.Runs.OrderByDescending(r => r.CreatedAt))
        {
            table.Add(
                run.Id,
                run.Name,
                run.Method,
                Format.Phase(run.Phase),
                $"{run.Step}/{run.TotalSteps}",
                Format.Loss(run.Loss),
                run.WorldSize.ToString(),
                Format.Ago(run.CreatedAt, now),
                run.Reason
            );
        }

        if (table.Count == 0)
        {
            terminal.WriteLine(
                settings.Phase is { } phase ? $"no runs in phase {phase}" : "no runs; submit one with: orchestrator submit FILE"
            );
        }
        else
        {
            terminal.Write(table);
            if (list.Next is not null)
            {
                terminal.WriteLine($"there are older ones; --limit {settings.Limit} shows the newest");
            }
        }

        return ExitCode.Ok;
    }
}
