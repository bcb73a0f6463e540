using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Sweeps;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Sweeps;

public sealed class SweepSubmitSettings : ServerSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("A sweep, YAML or JSON: a run spec, and which of its fields take which values")]
    public required string File { get; init; }

    [CommandOption("--wait")]
    [Description("Follow the sweep to its end; exit code 0 only if it completes")]
    public bool Wait { get; init; }
}

/// <summary><c>sweep submit FILE</c>: every trial's spec is checked here first, and by the coordinator again.</summary>
public sealed class SweepSubmitCommand(Terminal terminal) : AsyncCommand<SweepSubmitSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepSubmitSettings settings, CancellationToken cancellationToken)
    {
        var document = SpecFile.Read(settings.File);
        var parsed = SweepSpecParser.Parse(document);
        if (parsed.Spec is not { } spec)
        {
            throw new CliException(
                ExitCode.BadInput,
                $"{settings.File} is no valid sweep: {parsed.Errors.Count} {(parsed.Errors.Count == 1 ? "error" : "errors")}",
                [.. parsed.Errors.Select(e => e.ToString())],
                "correct them and try again; docs/sweeps.md has every key"
            );
        }

        using var client = settings.Connect(terminal.Time);
        var submitted = await client.SubmitSweepAsync(document, cancellation: cancellationToken);
        if (settings.Wait)
        {
            if (!settings.Json)
            {
                terminal.WriteLine($"submitted {submitted.Id} ({submitted.Name}), {spec.Trials} trials");
            }

            return await new SweepFollower(client, terminal, settings.Json).FollowAsync(submitted.Id, cancellationToken);
        }

        if (settings.Json)
        {
            terminal.WriteJson(submitted);
        }
        else
        {
            terminal.WriteLine(
                $"submitted {submitted.Id} ({submitted.Name}), {spec.Trials} trials; see how it stands with: orchestrator sweep show {submitted.Id}"
            );
        }

        return ExitCode.Ok;
    }
}
