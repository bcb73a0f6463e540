using System.ComponentModel;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class LabelSettings : RunSettings
{
    [CommandArgument(1, "<LABELS>")]
    [Description("key=value sets a label, key- removes it")]
    public required string[] Labels { get; init; }

    public override ValidationResult Validate() =>
        Labels.Length == 0 ? ValidationResult.Error("give key=value or key-")
        : RunLabels.Read([.. Labels.Where(l => !IsRemoval(l))]).Problem is { } problem ? ValidationResult.Error(problem)
        : Labels.FirstOrDefault(l => IsRemoval(l) && !RunLabels.IsKey(l[..^1])) is { } bad
            ? ValidationResult.Error($"{bad}: {RunLabels.KeyRule}, then = and a value, or - to remove it")
        : base.Validate();

    internal static bool IsRemoval(string label) => !label.Contains('=', StringComparison.Ordinal) && label.EndsWith('-');
}

/// <summary><c>label RUN key=value key-</c>: sets and removes labels; the others stay.</summary>
public sealed class LabelCommand(Terminal terminal) : ChangeCommand<LabelSettings>(terminal)
{
    protected override RunChangeRequest Change(LabelSettings settings)
    {
        var labels = new OrderedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var label in settings.Labels)
        {
            var at = label.IndexOf('=', StringComparison.Ordinal);
            labels[at < 0 ? label[..^1] : label[..at]] = at < 0 ? null : label[(at + 1)..];
        }

        return new RunChangeRequest { Labels = labels };
    }
}
