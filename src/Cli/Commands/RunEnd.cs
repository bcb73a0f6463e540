using Orchestrator.Cli.Following;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Commands;

/// <summary>Follows a run on the terminal and tells how it ended.</summary>
public static class RunEnd
{
    /// <returns><see cref="ExitCode.Ok"/> when it completed.</returns>
    public static async Task<int> FollowAsync(
        OrchestratorClient client,
        string run,
        Terminal terminal,
        bool json,
        CancellationToken cancellation
    )
    {
        IProgressDisplay display =
            json ? new PlainDisplay(terminal.Error, terminal.Time)
            : terminal.IsInteractive ? new ScreenDisplay(terminal.Console, client.Server)
            : new PlainDisplay(terminal.Out, terminal.Time);
        await new RunFollower(client, terminal.Time).FollowAsync(run, display, null, cancellation);
        var detail = await client.GetRunDetailAsync(run, cancellation);
        if (json)
        {
            terminal.WriteJson(detail);
        }
        else
        {
            RunReport.Write(terminal, detail);
        }

        return Code(detail.Run, terminal);
    }

    /// <summary>A run that did not complete is told on standard error.</summary>
    public static int Code(RunView run, Terminal terminal)
    {
        if (run.Phase == RunPhase.Completed)
        {
            return ExitCode.Ok;
        }

        terminal.WriteError($"run {run.Id} {Format.Phase(run.Phase)}", [run.Reason], $"orchestrator show {run.Id} has its history");
        return ExitCode.Failed;
    }
}
