using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class CloneSettings : RunSettings
{
    [CommandOption("--set <PATH=VALUE>")]
    [Description("A field of the resolved spec and its value, such as optimizer.baseLearningRate=0.001; may be given several times")]
    public string[] Set { get; init; } = [];

    [CommandOption("--name <NAME>")]
    [Description("The new run's name; default: the same")]
    public string? Name { get; init; }

    [CommandOption("--label <KEY=VALUE>")]
    [Description("A label of the new run; may be given several times")]
    public string[] Labels { get; init; } = [];

    [CommandOption("--dry-run")]
    [Description("Only look whether it could be submitted")]
    public bool DryRun { get; init; }

    [CommandOption("--wait")]
    [Description("Follow the new run to its end; exit code 0 only if it completes")]
    public bool Wait { get; init; }

    public override ValidationResult Validate() =>
        Set.FirstOrDefault(s => s.IndexOf('=', StringComparison.Ordinal) < 1) is { } bad
            ? ValidationResult.Error($"--set {bad}: must be PATH=VALUE, such as seed=3")
        : RunLabels.Read(Labels).Problem is { } problem ? ValidationResult.Error($"--{problem}")
        : base.Validate();

    /// <summary>The body of the request.</summary>
    public CloneRequest Request()
    {
        var set = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in Set)
        {
            var at = field.IndexOf('=', StringComparison.Ordinal);
            set[field[..at]] = field[(at + 1)..];
        }

        return new CloneRequest { Set = set, Name = Name };
    }
}

/// <summary><c>clone RUN --set PATH=VALUE</c>: a new run of the same resolved spec with other fields.</summary>
public sealed class CloneCommand(Terminal terminal) : AsyncCommand<CloneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, CloneSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        if (settings.DryRun)
        {
            var seen = await client.LookAtCloneAsync(settings.Run, settings.Request(), settings.Labels, cancellationToken);
            return SubmitCommand.Tell(terminal, seen, settings.Json);
        }

        var submitted = await client.CloneRunAsync(
            settings.Run,
            settings.Request(),
            labels: settings.Labels,
            cancellation: cancellationToken
        );
        return await SubmitCommand.TellAsync(client, terminal, submitted, settings.Wait, settings.Json, cancellationToken);
    }
}
