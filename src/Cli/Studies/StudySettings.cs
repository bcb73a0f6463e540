using System.ComponentModel;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Studies.Plans;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Studies;

/// <summary>The options that every study takes.</summary>
public class StudySettings : ServerSettings
{
    private const int MostSeeds = 100;

    [CommandArgument(0, "<SPEC>")]
    [Description("The run spec that the cells come from, YAML or JSON")]
    public required string Spec { get; init; }

    [CommandOption("--budget <WORD>")]
    [Description("full: the spec's budget, 3 seeds; quick: a third of it, 1 seed, too small to conclude. Default full")]
    public string Budget { get; init; } = "full";

    [CommandOption("--seeds <N>")]
    [Description("How many seeds each cell has, from the spec's on")]
    public int? Seeds { get; init; }

    [CommandOption("--out <DIR>")]
    [Description("Where the study is kept and reported; default orchestrator-study/KIND-HASH. Given again it goes on")]
    public string? Out { get; init; }

    [CommandOption("--evaluation <FILE>")]
    [Description("How runs are judged (docs/studies.md), instead of the usual way, whose name is default; may be given several times")]
    public string[] Evaluations { get; init; } = [];

    [CommandOption("--retry-failed")]
    [Description("Try again what failed when the study was run before")]
    public bool RetryFailed { get; init; }

    /// <summary>Null: no such word.</summary>
    public StudyBudget? BudgetWord =>
        Budget switch
        {
            "full" => StudyBudget.Full,
            "quick" => StudyBudget.Quick,
            _ => null,
        };

    public override ValidationResult Validate() =>
        BudgetWord is null ? ValidationResult.Error($"--budget {Budget}: must be quick or full")
        : Seeds is < 1 or > MostSeeds ? ValidationResult.Error($"--seeds {Seeds}: must be 1 to {MostSeeds}")
        : Out is { } folder && File.Exists(folder) ? ValidationResult.Error($"--out {folder}: is a file; give a folder")
        : base.Validate();
}
