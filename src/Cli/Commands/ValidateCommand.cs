using System.ComponentModel;
using System.Text.Json;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class ValidateSettings : CommandSettings
{
    [CommandArgument(0, "<FILE>")]
    [Description("A run spec, YAML or JSON")]
    public required string File { get; init; }

    [CommandOption("--json")]
    [Description("One JSON document on standard output: the resolved spec, or its errors")]
    public bool Json { get; init; }
}

/// <param name="Shards">By rank; empty where there are too many to work it out here.</param>
/// <param name="Efficiency">Share of the ranks' time that is used, 0–1.</param>
public sealed record ShardPlanView(int Workers, IReadOnlyList<int> Shards, double Efficiency);

/// <summary>What <c>validate --json</c> prints; errors are empty where the spec is valid.</summary>
public sealed record ValidationView(
    bool Valid,
    IReadOnlyList<SpecError> Errors,
    string? SpecSha256,
    JsonElement? Spec,
    IReadOnlyList<ShardPlanView> Plans
);

/// <summary><c>validate FILE</c>: the coordinator's own checks, made here; how V shards are cut for each number of workers, and what that costs.</summary>
public sealed class ValidateCommand(Terminal terminal) : Command<ValidateSettings>
{
    public override int Execute(CommandContext context, ValidateSettings settings, CancellationToken cancellationToken)
    {
        var result = RunSpecParser.Parse(SpecFile.Read(settings.File));
        if (settings.Json)
        {
            terminal.WriteJson(
                new ValidationView(
                    result.IsValid,
                    result.Errors,
                    result.Spec is { } valid ? RunSpecJson.Hash(valid) : null,
                    result.Spec is null ? null : JsonSerializer.SerializeToElement(result.Spec, RunSpecJson.Options),
                    result.Spec is null ? [] : Plans(result.Spec)
                )
            );
            return result.IsValid ? ExitCode.Ok : ExitCode.BadInput;
        }

        var spec = result.Spec ?? throw SpecFile.Refused(settings.File, result.Errors);
        var budget = spec.Budget.Steps is { } steps ? $"{steps} steps" : $"{spec.Budget.Epochs} epochs";
        terminal.WriteLine(
            $"{settings.File} is valid: {spec.Name}, {JsonNamingPolicy.KebabCaseLower.ConvertName(spec.Method.ToString())}, {budget}, batch {spec.Batch.Size} in {spec.Batch.Shards} shards of {spec.Batch.MicroBatch}"
        );
        terminal.WriteLine($"spec SHA-256 {RunSpecJson.Hash(spec)}");
        var table = new TextTable("workers", "shards by rank", "efficiency");
        foreach (var plan in Plans(spec))
        {
            table.Add(
                plan.Workers.ToString(),
                plan.Shards.Count == 0 ? null : string.Join(" + ", plan.Shards),
                Format.Accuracy(plan.Efficiency)
            );
        }

        terminal.Write(table);
        return ExitCode.Ok;
    }

    /// <summary>W = 1 … workers.max, each; above 64, where a table says no more, 64 and the largest. The cut itself is worked out for up to 1024 shards.</summary>
    private static List<ShardPlanView> Plans(RunSpec spec)
    {
        var (shards, max) = (spec.Batch.Shards, spec.Workers.Max);
        var counts = Enumerable.Range(1, Math.Min(max, 64));
        return
        [
            .. (max > 64 ? counts.Append(max) : counts).Select(w => new ShardPlanView(
                w,
                shards > 1024 ? [] : ShardPlan.Cut(shards, w),
                ShardPlan.Efficiency(shards, w)
            )),
        ];
    }
}
