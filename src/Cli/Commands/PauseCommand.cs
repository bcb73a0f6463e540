using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Commands;

/// <summary><c>pause RUN</c>: the run writes a checkpoint, gives its workers back and waits for <c>resume</c>.</summary>
public sealed class PauseCommand(Terminal terminal) : AskCommand(terminal, (client, run, stop) => client.PauseRunAsync(run, stop))
{
    /// <summary>It may end before, or go on since no checkpoint came about.</summary>
    protected override bool? HasWorked(RunView run) =>
        run.Phase == RunPhase.Paused ? true
        : run.Phase.IsEnded() || run.PausedBy is null ? false
        : null;
}
