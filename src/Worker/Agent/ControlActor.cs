using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Orchestrator.Shared.Protocol;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Orchestrator.Worker.Agent;

/// <summary>The worker's only actor: passes messages between the coordinators and the agent, and the actor system's warnings to the log. It keeps nothing.</summary>
public sealed partial class ControlActor : ReceiveActor
{
    /// <param name="quarantined">Told when a coordinator will not speak to this actor system again: it has to be a new one.</param>
    public ControlActor(AgentInbox inbox, ILogger logger, Action quarantined)
    {
        Receive<Outbound>(outbound => Context.ActorSelection(outbound.Address).Tell(outbound.Message, Self));
        Receive<IControlMessage>(message => inbox.Post(new Received(message)));
        Receive<ThisActorSystemQuarantinedEvent>(_ => quarantined());
        Receive<Warning>(warning => LogWarning(logger, LevelOf(warning), warning.Message.ToString() ?? ""));
        Receive<Error>(error => LogWarning(logger, LevelOf(error), error.Message.ToString() ?? ""));
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(Warning));
        Context.System.EventStream.Subscribe(Self, typeof(Error));
    }

    // A coordinator that is away is refused a connection each second; the agent says it once in a while. What cannot be read is a warning:
    // it is the only trace of such a message.
    private static LogLevel LevelOf(LogEvent log) =>
        log.Message.ToString() is { } text
        && (
            text.StartsWith("AssociationError", StringComparison.Ordinal) || text.StartsWith("Tried to associate", StringComparison.Ordinal)
        )
            ? LogLevel.Debug
            : LogLevel.Warning;

    [LoggerMessage(Message = "control plane: {Text}")]
    private static partial void LogWarning(ILogger logger, LogLevel level, string text);

    /// <summary>A message on its way out; stays in the process.</summary>
    public sealed record Outbound(string Address, IControlMessage Message);
}
