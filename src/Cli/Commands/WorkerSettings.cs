using System.ComponentModel;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class WorkerSettings : ServerSettings
{
    [CommandArgument(0, "<WORKER>")]
    [Description("Its name, as workers shows it")]
    public required string Worker { get; init; }
}
