using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class AskSettings : RunSettings
{
    [CommandOption("--wait")]
    [Description("Wait until it has come to that; exit code 0 only if it does")]
    public bool Wait { get; init; }
}

/// <summary>A verb that asks something of a run and tells how it stands then.</summary>
/// <param name="ask">What is asked.</param>
public abstract class AskCommand(Terminal terminal, Func<OrchestratorClient, string, CancellationToken, Task<RunView>> ask)
    : AsyncCommand<AskSettings>
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.5);

    public override async Task<int> ExecuteAsync(CommandContext context, AskSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var run = await ask(client, settings.Run, cancellationToken);
        return settings.Wait ? await WaitAsync(client, settings, cancellationToken) : Tell(run, settings.Json, ExitCode.Ok);
    }

    /// <summary>How it went; null while nobody knows.</summary>
    protected abstract bool? HasWorked(RunView run);

    /// <summary>Until it has come to what was asked for.</summary>
    protected virtual async Task<int> WaitAsync(OrchestratorClient client, AskSettings settings, CancellationToken cancellation)
    {
        for (var told = ""; ; await Task.Delay(Poll, terminal.Time, cancellation))
        {
            var run = await client.GetRunAsync(settings.Run, cancellation);
            if (HasWorked(run) is { } worked)
            {
                return Tell(run, settings.Json, worked ? ExitCode.Ok : ExitCode.Failed);
            }

            if (run.Reason != told)
            {
                told = run.Reason;
                terminal.WriteNotice($"{run.Id} {Format.Phase(run.Phase)}: {told}");
            }
        }
    }

    private int Tell(RunView run, bool json, int code)
    {
        if (json)
        {
            terminal.WriteJson(run);
        }
        else
        {
            terminal.WriteLine($"{run.Id} {Format.Phase(run.Phase)}: {run.Reason}");
        }

        return code;
    }
}
