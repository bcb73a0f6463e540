using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Commands;

/// <summary><c>resume RUN</c>: a paused run may have workers again.</summary>
public sealed class ResumeCommand(Terminal terminal) : GoOnCommand(terminal, (client, run, stop) => client.ResumeRunAsync(run, stop));
