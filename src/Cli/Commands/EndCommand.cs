using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Commands;

/// <summary>A verb after which a run has ended.</summary>
public abstract class EndCommand(Terminal terminal, Func<OrchestratorClient, string, CancellationToken, Task<RunView>> ask)
    : AskCommand(terminal, ask)
{
    protected override bool? HasWorked(RunView run) => run.Phase.IsEnded() ? run.Phase == RunPhase.Canceled : null;
}
