using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Commands;

/// <summary><c>kill RUN</c>: ends the run at once, at the newest checkpoint that there is.</summary>
public sealed class KillCommand(Terminal terminal) : EndCommand(terminal, (client, run, stop) => client.KillRunAsync(run, stop));
