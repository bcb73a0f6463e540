using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary>A verb that changes what shows in no bits, and tells what holds then.</summary>
public abstract class ChangeCommand<TSettings>(Terminal terminal) : AsyncCommand<TSettings>
    where TSettings : RunSettings
{
    public override async Task<int> ExecuteAsync(CommandContext context, TSettings settings, CancellationToken cancellationToken)
    {
        var change = Change(settings);
        using var client = settings.Connect(terminal.Time);
        var run = await client.ChangeRunAsync(settings.Run, change, cancellationToken);
        if (settings.Json)
        {
            terminal.WriteJson(run);
        }
        else
        {
            terminal.WriteLine($"{run.Id} {Format.Phase(run.Phase)}: {run.Reason}");
            foreach (var line in RunReport.Terms(run))
            {
                terminal.WriteLine(line);
            }
        }

        return ExitCode.Ok;
    }

    /// <summary>The body of the request.</summary>
    protected abstract RunChangeRequest Change(TSettings settings);
}
