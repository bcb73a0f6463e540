using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class SubmitSettings : ServerSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("A run spec, YAML or JSON")]
    public required string File { get; init; }

    [CommandOption("--label <KEY=VALUE>")]
    [Description("A label, by which the run is found again; may be given several times")]
    public string[] Labels { get; init; } = [];

    [CommandOption("--dry-run")]
    [Description("Only look whether it could be submitted, and for what it would wait")]
    public bool DryRun { get; init; }

    [CommandOption("--wait")]
    [Description("Follow the run to its end; exit code 0 only if it completes")]
    public bool Wait { get; init; }

    public override ValidationResult Validate() =>
        RunLabels.Read(Labels).Problem is { } problem ? ValidationResult.Error($"--{problem}") : base.Validate();
}

/// <summary><c>submit FILE</c>: the coordinator journals the run before it answers.</summary>
public sealed class SubmitCommand(Terminal terminal) : AsyncCommand<SubmitSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SubmitSettings settings, CancellationToken cancellationToken)
    {
        var document = SpecFile.Read(settings.File);
        SpecFile.Parse(settings.File, document);
        using var client = settings.Connect(terminal.Time);
        if (settings.DryRun)
        {
            return Tell(terminal, await client.LookAtSubmissionAsync(document, settings.Labels, cancellationToken), settings.Json);
        }

        var submitted = await client.SubmitRunAsync(document, labels: settings.Labels, cancellation: cancellationToken);
        return await TellAsync(client, terminal, submitted, settings.Wait, settings.Json, cancellationToken);
    }

    internal static int Tell(Terminal terminal, DryRunView seen, bool json)
    {
        if (json)
        {
            terminal.WriteJson(seen);
            return ExitCode.Ok;
        }

        terminal.WriteLine($"nothing was submitted; it could be. spec SHA-256 {seen.SpecSha256}");
        foreach (var warning in seen.Warnings)
        {
            terminal.WriteLine($"warning: {warning}");
        }

        return ExitCode.Ok;
    }

    internal static async Task<int> TellAsync(
        OrchestratorClient client,
        Terminal terminal,
        SubmittedView submitted,
        bool wait,
        bool json,
        CancellationToken cancellation
    )
    {
        if (wait)
        {
            if (!json)
            {
                terminal.WriteLine($"submitted {submitted.Id} ({submitted.Name})");
            }

            return await RunEnd.FollowAsync(client, submitted.Id, terminal, json, cancellation);
        }

        if (json)
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
