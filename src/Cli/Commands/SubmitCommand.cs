using System.ComponentModel;
using Orchestrator.Cli.Output;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class SubmitSettings : ServerSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("A run spec, YAML or JSON")]
    public required string File { get; init; }

    [CommandOption("--wait")]
    [Description("Follow the run to its end; exit code 0 only if it completes")]
    public bool Wait { get; init; }
}

/// <summary><c>submit FILE</c>: the coordinator journals the run before it answers.</summary>
public sealed class SubmitCommand(Terminal terminal) : AsyncCommand<SubmitSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SubmitSettings settings, CancellationToken cancellationToken)
    {
        var document = SpecFile.Read(settings.File);
        SpecFile.Parse(settings.File, document);
        using var client = settings.Connect(terminal.Time);
        var submitted = await client.SubmitRunAsync(document, Guid.NewGuid().ToString("N"), cancellation: cancellationToken);
        if (settings.Wait)
        {
            if (!settings.Json)
            {
                terminal.WriteLine($"submitted {submitted.Id} ({submitted.Name})");
            }

            return await RunEnd.FollowAsync(client, submitted.Id, terminal, settings.Json, cancellationToken);
        }

        if (settings.Json)
        {
            terminal.WriteJson(submitted);
        }
        else
        {
            terminal.WriteLine($"submitted {submitted.Id} ({submitted.Name}); follow it with: orchestrator watch {submitted.Id}");
        }

        return ExitCode.Ok;
    }
}
