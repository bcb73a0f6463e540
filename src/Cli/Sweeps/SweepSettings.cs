using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Sweeps;

public sealed class SweepSettings : ServerSettings
{
    [CommandArgument(0, "<SWEEP>")]
    [Description("Its id, as sweep list shows it")]
    public required string Sweep { get; init; }
}
