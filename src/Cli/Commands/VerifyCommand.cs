using System.ComponentModel;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orchestrator.Cli.Commands;

public sealed class VerifySettings : ServerSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("Its id, as list shows it")]
    public required string Run { get; init; }

    [CommandOption("--step <K>")]
    [Description("Index of the step, from 0")]
    public long Step { get; init; } = -1;

    public override ValidationResult Validate() =>
        Step < 0 ? ValidationResult.Error("--step: is missing, the index of a step, from 0 on") : base.Validate();
}

/// <summary><c>verify RUN --step K</c>: has a step computed again on one worker, waits, and tells whether it is what the run has told.</summary>
public sealed class VerifyCommand(Terminal terminal) : AsyncCommand<VerifySettings>
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public override async Task<int> ExecuteAsync(CommandContext context, VerifySettings settings, CancellationToken cancellationToken)
    {
        using var client = settings.Connect(terminal.Time);
        var view = await client.VerifyRunStepAsync(settings.Run, settings.Step, cancellationToken);
        var told = "";
        while (view.Phase is ErrandPhase.Queued or ErrandPhase.Running)
        {
            if (view.Reason != told)
            {
                told = view.Reason;
                terminal.WriteNotice($"step {view.Step} of {view.Run}: {told}");
            }

            await Task.Delay(Poll, terminal.Time, cancellationToken);
            view = await FollowAsync(client, settings, cancellationToken);
        }

        if (settings.Json)
        {
            terminal.WriteJson(view);
        }

        if (view.Result is not { } result)
        {
            throw CliException.Failed(
                $"step {view.Step} of {view.Run} could not be verified",
                view.Reason,
                "ask again: another worker may be able to"
            );
        }

        if (!settings.Json)
        {
            Write(view, result);
        }

        return result.Equal ? ExitCode.Ok : ExitCode.Differs;
    }

    /// <summary>A coordinator that has taken over meanwhile knows nothing of it: it is asked in its turn.</summary>
    private static async Task<VerificationView> FollowAsync(
        OrchestratorClient client,
        VerifySettings settings,
        CancellationToken cancellation
    )
    {
        try
        {
            return await client.GetRunVerificationAsync(settings.Run, settings.Step, cancellation);
        }
        catch (OrchestratorException e) when (e.ExitCode() == ExitCode.BadInput)
        {
            return await client.VerifyRunStepAsync(settings.Run, settings.Step, cancellation);
        }
    }

    private void Write(VerificationView view, VerificationResult result)
    {
        terminal.WriteLine(
            $"step {view.Step} of {view.Run}: {(result.Equal ? "equal" : "differs")} ({string.Join(", ", result.Compared)} compared)"
        );
        if (!result.Compared.Contains("weights", StringComparer.Ordinal))
        {
            terminal.WriteLine("its row has no digest of the weights: the step had no full audit (audit.everySteps)");
        }

        terminal.WriteLine(
            $"computed from {(result.Checkpoint is { } path ? $"the checkpoint of step {result.FromStep}, {path}" : "the initial state")}, by {result.Worker} in {result.Seconds:0.0} s"
        );
        var table = new TextTable("what", "stored", "computed");
        foreach (var difference in result.Differences)
        {
            table.Add(difference.What, difference.Stored, difference.Computed);
        }

        if (table.Count > 0)
        {
            terminal.Write(table);
        }
    }
}
