using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Commands;

/// <summary><c>cancel RUN</c>: asks for the run's end, with its state in a checkpoint first.</summary>
public sealed class CancelCommand(Terminal terminal) : EndCommand(terminal, (client, run, stop) => client.CancelRunAsync(run, stop));
