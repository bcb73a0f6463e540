using Orchestrator.Cli.Output;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Commands;

/// <summary>A verb after which a run has ended.</summary>
public abstract class EndCommand(Terminal terminal, string verb) : AskCommand(terminal, verb)
{
    protected override bool? HasWorked(RunView run) => run.Phase.IsEnded() ? run.Phase == RunPhase.Canceled : null;
}
