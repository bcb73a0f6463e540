using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Commands;

/// <summary>A verb after which a run trains; with <c>--wait</c> it is followed to its end.</summary>
public abstract class GoOnCommand(Terminal terminal, Func<OrchestratorClient, string, CancellationToken, Task<RunView>> ask)
    : AskCommand(terminal, ask)
{
    private readonly Terminal terminal = terminal;

    protected override bool? HasWorked(RunView run) => null;

    protected override Task<int> WaitAsync(OrchestratorClient client, AskSettings settings, CancellationToken cancellation) =>
        RunEnd.FollowAsync(client, settings.Run, terminal, settings.Json, cancellation);
}
