using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>cancel RUN</c>: asks for the run's end and tells how it stands then.</summary>
public sealed class CancelCommand(Terminal terminal) : AsyncCommand<RunSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, RunSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        await client.CancelRunAsync(settings.Run, cancellationToken);
        var run = await client.GetRunAsync(settings.Run, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(run);
        }
        else
        {
            terminal.WriteLine($"{run.Id} {Format.Phase(run.Phase)}: {run.Reason}");
        }

        return ExitCode.Ok;
    }
}
