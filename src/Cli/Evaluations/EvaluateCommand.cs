using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Evaluations;

public sealed class EvaluateSettings : ServerSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("Its id, as list shows it")]
    public required string Run { get; init; }

    [CommandOption("--protocol <WORD>")]
    [Description("knn, linear, low-shot, multi-label, segmentation, finetune or exams; may be given several times")]
    public string[] Protocols { get; init; } = [];

    [CommandOption("--file <PATH>")]
    [Description("How to judge, as YAML or JSON: docs/evaluation.md")]
    public string? File { get; init; }

    [CommandOption("--no-wait")]
    [Description("Only ask for it")]
    public bool NoWait { get; init; }

    public override ValidationResult Validate()
    {
        var known = Enum.GetValues<EvaluationProtocol>().Select(p => SpecWords.Word(p)).ToList();
        return (Protocols.Length > 0) == (File is not null)
                ? ValidationResult.Error($"give --protocol ({string.Join(", ", known)}), or --file with the path of an evaluation")
            : Protocols.FirstOrDefault(p => !known.Contains(p, StringComparer.Ordinal)) is { } other
                ? ValidationResult.Error($"--protocol {other}: must be one of {string.Join(", ", known)}")
            : base.Validate();
    }

    /// <summary>What is sent.</summary>
    public string Document() =>
        File is null
            ? JsonSerializer.Serialize(new JsonObject { ["protocols"] = new JsonArray([.. Protocols.Select(p => JsonValue.Create(p))]) })
            : SpecFile.Read(File);
}

/// <summary><c>evaluate RUN --protocol …</c>: has the newest checkpoint judged by one worker, waits, and tells the figures.</summary>
public sealed class EvaluateCommand(Terminal terminal) : AsyncCommand<EvaluateSettings>
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public override async Task<int> ExecuteAsync(CommandContext context, EvaluateSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var document = settings.Document();
        var view = await client.EvaluateRunAsync(settings.Run, document, cancellationToken);
        var told = "";
        while (!settings.NoWait && view.Phase is ErrandPhase.Queued or ErrandPhase.Running)
        {
            if (view.Reason != told)
            {
                told = view.Reason;
                terminal.WriteNotice($"step {view.Step} of {view.Run}: {told}");
            }

            await Task.Delay(Poll, terminal.Time, cancellationToken);
            // Asked again it tells how that stands; a coordinator that has taken over meanwhile begins anew. Of a live run a newer
            // checkpoint would be another evaluation: that one was asked for by its key.
            view =
                await client.FindEvaluationAsync(settings.Run, view.Key, cancellationToken)
                ?? await client.EvaluateRunAsync(settings.Run, document, cancellationToken);
        }

        if (settings.Json)
        {
            terminal.WriteJson(view);
        }

        if (view.Phase == ErrandPhase.Failed)
        {
            throw CliException.Failed($"step {view.Step} of {view.Run} could not be judged", view.Reason, "mend that and ask again");
        }

        if (!settings.Json)
        {
            terminal.WriteLine($"step {view.Step} of {view.Run} ({view.Key}): {view.Reason}");
            if (view.Result is { } result)
            {
                EvaluationTable.Write(terminal, result);
            }
        }

        return ExitCode.Ok;
    }
}
