using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Demo;

/// <summary>The demo's options as typed; <see cref="DemoPlan"/> checks what lies between them.</summary>
public sealed class DemoSettings : CommandSettings
{
    [CommandOption("--workers <N>")]
    [Description("Worker processes; default 2, within the spec's workers.min and workers.max")]
    public int? Workers { get; init; }

    [CommandOption("--steps <N>")]
    [Description("Replaces the spec's budget; warm-up and schedules scale with it")]
    public int? Steps { get; init; }

    [CommandOption("--seed <S>")]
    [Description("Replaces the spec's seed")]
    public ulong? Seed { get; init; }

    [CommandOption("--spec <FILE>")]
    [Description("The run to train; default samples/mim-clustering-fashion.yaml")]
    public string? Spec { get; init; }

    [CommandOption("--data-root <DIR>")]
    [Description("Where the spec's data paths begin; default the spec's folder")]
    public string? DataRoot { get; init; }

    [CommandOption("--kill-at <STEP>")]
    [Description("The last worker kills itself (SIGKILL) in this step, between backward and exchange")]
    public long? KillAt { get; init; }

    [CommandOption("--chaos <SEEDS>")]
    [Description(
        "Train the spec undisturbed, then again under a seeded schedule of faults (1..20: once for each seed), and compare the bits"
    )]
    public string? Chaos { get; init; }

    [CommandOption("--kills <N>")]
    [Description("With --chaos: workers killed (SIGKILL) and started again; default 3")]
    public int? Kills { get; init; }

    [CommandOption("--pauses <N>")]
    [Description("With --chaos: workers stopped for 0.5 to 4 s (SIGSTOP, SIGCONT); default 1")]
    public int? Pauses { get; init; }

    [CommandOption("--coordinator-kills <N>")]
    [Description("With --chaos: how often the coordinator is killed and started again; default 0")]
    public int? CoordinatorKills { get; init; }

    [CommandOption("--chaos-reports <DIR>")]
    [Description("With --chaos: keep each schedule's report there as it is done, and leave out those that have one")]
    public string? ChaosReports { get; init; }

    [CommandOption("--state <DIR>")]
    [Description("Keep journal, checkpoints and logs there, and go on with an unfinished run of the same spec; default a temporary folder")]
    public string? State { get; init; }

    [CommandOption("--keep")]
    [Description("Leave the cluster up afterwards, until Ctrl-C")]
    public bool Keep { get; init; }

    [CommandOption("--json")]
    [Description("One JSON document on standard output; progress goes to standard error")]
    public bool Json { get; init; }

    public override ValidationResult Validate() =>
        Workers is < 1 ? ValidationResult.Error($"--workers {Workers}: must be 1 or more")
        : Steps is < 1 ? ValidationResult.Error($"--steps {Steps}: must be 1 or more")
        : KillAt is < 0 ? ValidationResult.Error($"--kill-at {KillAt}: steps count from 0")
        : Chaos is not null && DemoChaos.Parse(Chaos) is null
            ? ValidationResult.Error($"--chaos {Chaos}: must be a seed, as 7, or a range of at most {DemoChaos.MostSeeds}, as 1..20")
        : Chaos is null && ((Kills ?? Pauses ?? CoordinatorKills) is not null || ChaosReports is not null)
            ? ValidationResult.Error("--kills, --pauses, --coordinator-kills and --chaos-reports belong to --chaos SEEDS")
        : Chaos is not null && KillAt is not null ? ValidationResult.Error("give --chaos or --kill-at, not both")
        : new[] { Kills, Pauses, CoordinatorKills }.Any(count => count < 0)
            ? ValidationResult.Error("--kills, --pauses and --coordinator-kills must be 0 or more")
        : ValidationResult.Success();
}
