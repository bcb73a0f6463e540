using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Chaos;

/// <summary>The options of <c>chaos RUN</c>.</summary>
public sealed class ChaosSettings : RunSettings
{
    [CommandOption("--seed <S>")]
    [Description("Of the schedule; default 0")]
    public ulong Seed { get; init; }

    [CommandOption("--kills <N>")]
    [Description("Workers killed (SIGKILL); default 3")]
    public int Kills { get; init; } = 3;

    [CommandOption("--pauses <N>")]
    [Description("Workers stopped for 0.5 to 4 s (SIGSTOP, SIGCONT); default 1")]
    public int Pauses { get; init; } = 1;

    [CommandOption("--against <RUN>")]
    [Description("An undisturbed run of the same spec: the hashes have to be equal")]
    public string? Against { get; init; }

    public override ValidationResult Validate() =>
        Kills < 0 ? ValidationResult.Error($"--kills {Kills}: must be 0 or more")
        : Pauses < 0 ? ValidationResult.Error($"--pauses {Pauses}: must be 0 or more")
        : base.Validate();
}
