using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Studies.Plans;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Studies;

public sealed class AblateSettings : StudySettings
{
    [CommandOption("--vary <PATH=V1,V2>")]
    [Description("A key of the spec and its values, YAML, separated by commas; given several times, every combination is a cell")]
    public string[] Vary { get; init; } = [];

    public override ValidationResult Validate() =>
        Vary.Length == 0 ? ValidationResult.Error("give --vary PATH=V1,V2: what is compared") : base.Validate();
}

/// <summary><c>study ablate SPEC --vary PATH=V1,V2</c>: one spec with other values of some keys.</summary>
public sealed class AblateCommand(Terminal terminal) : AsyncCommand<AblateSettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, AblateSettings settings, CancellationToken cancellationToken) =>
        StudySession.RunAsync(terminal, settings, StudyPlan.Ablation(settings, settings.Vary), cancellationToken);
}
