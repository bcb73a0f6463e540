using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary><c>watch RUN</c>: follows it to its end; the exit code says how it ended. Ctrl-C ends the watching, not the run.</summary>
public sealed class WatchCommand(Terminal terminal) : AsyncCommand<RunSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, RunSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        // Who is not there at the first question is told at once; who goes away later is waited for.
        await client.GetRunAsync(settings.Run, cancellationToken);
        return await RunEnd.FollowAsync(client, settings.Run, terminal, settings.Json, cancellationToken);
    }
}
