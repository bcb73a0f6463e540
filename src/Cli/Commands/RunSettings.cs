using System.ComponentModel;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public class RunSettings : ServerSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("Its id, as list shows it")]
    public required string Run { get; init; }
}
