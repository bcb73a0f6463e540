using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Commands;

/// <summary><c>retry RUN</c>: a run that failed or was canceled goes on from its newest checkpoint.</summary>
public sealed class RetryCommand(Terminal terminal) : GoOnCommand(terminal, (client, run, stop) => client.RetryRunAsync(run, stop));
