using System.ComponentModel;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

/// <summary>What <c>list</c> takes.</summary>
public sealed class ListSettings : ServerSettings
{
    private const int MostRuns = 1000;

    [CommandOption("--limit <COUNT>")]
    [Description("The newest runs, so many at most (1 to 1000); default: all")]
    public int? Limit { get; init; }

    [CommandOption("--phase <PHASES>")]
    [Description("Runs in these phases only, comma-separated, such as queued,running")]
    public string? Phase { get; init; }

    [CommandOption("--label <KEY=VALUE>")]
    [Description("Runs with this label only; may be given several times")]
    public string[] Labels { get; init; } = [];

    public override ValidationResult Validate() =>
        Limit is < 1 or > MostRuns ? ValidationResult.Error($"--limit {Limit}: must be 1 to {MostRuns}")
        : RunLabels.Read(Labels).Problem is { } problem ? ValidationResult.Error($"--{problem}")
        : base.Validate();
}
