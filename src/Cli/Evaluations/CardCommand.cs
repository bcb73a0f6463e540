using System.ComponentModel;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Reports;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Evaluations;

public sealed class CardSettings : RunSettings
{
    [CommandOption("--out <FILE>")]
    [Description("Writes it there instead of to standard output")]
    public string? Out { get; init; }
}

/// <summary><c>card RUN</c>: the model card that a run has left, with every evaluation that was asked for since.</summary>
public sealed class CardCommand(Terminal terminal) : AsyncCommand<CardSettings>
{
    private const string CardName = "model-card.md";

    public override async Task<int> ExecuteAsync(CommandContext context, CardSettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var detail = await client.GetRunDetailAsync(settings.Run, cancellationToken);
        var left = await LeftAsync(client, detail.Run, cancellationToken);
        var evaluations = (await client.ListRunEvaluationsAsync(settings.Run, cancellationToken)).Evaluations;
        var card = ModelCardPage.With(left, detail.StateSha256, evaluations);
        if (settings.Out is { } file)
        {
            WrittenFile.Write(file, card);
            terminal.WriteNotice($"wrote {file}: {evaluations.Count} {(evaluations.Count == 1 ? "evaluation" : "evaluations")}");
        }

        if (settings.Json)
        {
            terminal.WriteJson(new CardDocument(detail.Run.Id, evaluations.Count, card));
        }
        else if (settings.Out is null)
        {
            await terminal.Out.WriteAsync(card);
        }

        return ExitCode.Ok;
    }

    private static async Task<string> LeftAsync(OrchestratorClient client, RunView run, CancellationToken cancellation) =>
        (await client.ListRunArtifactsAsync(run.Id, cancellation)).Artifacts.Any(a => a.Name == CardName)
            ? await ArtifactText.ReadAsync(client, run.Id, CardName, cancellation)
            : throw CliException.BadInput(
                $"{run.Id} ({run.Name}) has no model card",
                run.EndedAt is null
                    ? $"it is written when the run has trained; now it is {Format.Phase(run.Phase)}: {run.Reason}"
                    : $"the coordinator's storage has none of it; the run is {Format.Phase(run.Phase)}: {run.Reason}",
                $"orchestrator show {run.Id} lists what it has left"
            );
}

/// <summary>The document of <c>card --json</c>.</summary>
/// <param name="Evaluations">How many are in it.</param>
/// <param name="Card">Markdown.</param>
public sealed record CardDocument(string Run, int Evaluations, string Card);
