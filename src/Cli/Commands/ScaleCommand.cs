using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class ScaleSettings : RunSettings
{
    [CommandOption("--min <N>")]
    [Description("Fewest workers: with less it waits")]
    public int? Min { get; init; }

    [CommandOption("--max <N>")]
    [Description("Most workers: what is above is given back after a step")]
    public int? Max { get; init; }

    [CommandOption("--priority <P>")]
    [Description("-100 to 100: higher goes first, and may take workers of lower ones")]
    public int? Priority { get; init; }

    public override ValidationResult Validate() =>
        Min is null && Max is null && Priority is null ? ValidationResult.Error("give --min, --max or --priority")
        : Min is < 1 or > RunSpec.MostWorkers ? ValidationResult.Error($"--min {Min}: must be 1 to {RunSpec.MostWorkers}")
        : Max is < 1 or > RunSpec.MostWorkers ? ValidationResult.Error($"--max {Max}: must be 1 to {RunSpec.MostWorkers}")
        : Max < Min ? ValidationResult.Error($"--max {Max}: must not be below --min {Min}")
        : Priority is < -RunSpec.MostPriority or > RunSpec.MostPriority
            ? ValidationResult.Error($"--priority {Priority}: must be -{RunSpec.MostPriority} to {RunSpec.MostPriority}")
        : base.Validate();
}

/// <summary><c>scale RUN --min N --max M --priority P</c>: other bounds and another claim, while it trains.</summary>
public sealed class ScaleCommand(Terminal terminal) : ChangeCommand<ScaleSettings>(terminal)
{
    protected override RunChangeRequest Change(ScaleSettings settings) =>
        new()
        {
            Priority = settings.Priority,
            Workers = (settings.Min ?? settings.Max) is null ? null : new WorkerBoundsRequest(settings.Min, settings.Max),
        };
}
