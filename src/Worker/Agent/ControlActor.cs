using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Orchestrator.Shared.Certificates;
using Orchestrator.Shared.Protocol;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Orchestrator.Worker.Agent;

/// <summary>The worker's only actor: passes messages between the coordinators and the agent, and the actor system's warnings to the log. It keeps nothing.</summary>
public sealed partial class ControlActor : ReceiveActor
{
    private const string Transport = "Akka.Remote.Transport.DotNetty";

    private readonly RefusalNotes notes;

    /// <param name="notes">What was told, also by the actor systems before this one.</param>
    /// <param name="quarantined">Told when a coordinator will not speak to this actor system again: it has to be a new one.</param>
    /// <param name="tls">Whether it speaks TLS, and so may be refused for its certificate.</param>
    public ControlActor(AgentInbox inbox, ILogger logger, RefusalNotes notes, Action quarantined, bool tls)
    {
        this.notes = notes;
        Receive<Outbound>(outbound => Context.ActorSelection(outbound.Address).Tell(outbound.Message, Self));
        Receive<IControlMessage>(message => inbox.Post(new Received(message)));
        Receive<ThisActorSystemQuarantinedEvent>(_ => quarantined());
        Receive<Warning>(warning => Tell(logger, warning, tls));
        Receive<Error>(error => Tell(logger, error, tls));
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(Warning));
        Context.System.EventStream.Subscribe(Self, typeof(Error));
    }

    // What a connection brings about comes again with each try: once in a while is enough.
    private void Tell(ILogger logger, LogEvent log, bool tls)
    {
        var text = log.Message.ToString() ?? "";
        if (log.LogClass.Namespace == Transport)
        {
            text = text.Split('\n')[0];
            LogWarning(
                logger,
                notes.IsDue(text) ? LogLevel.Warning : LogLevel.Debug,
                $"{text} ({log.Cause?.GetBaseException().Message ?? "no error"}; said once in ten minutes)"
            );
            return;
        }

        var level = LevelOf(log);
        LogWarning(logger, level, text);
        if (tls && level == LogLevel.Debug && notes.IsDue("association"))
        {
            LogUntrusted(logger, text);
        }
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

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "control plane: no connection to a coordinator: {Text} If it is up, it speaks no TLS or does not trust this worker's certificate (Network:Certificate): its log says whom it refuses, and why (said once in ten minutes)"
    )]
    private static partial void LogUntrusted(ILogger logger, string text);

    /// <summary>A message on its way out; stays in the process.</summary>
    public sealed record Outbound(string Address, IControlMessage Message);
}
