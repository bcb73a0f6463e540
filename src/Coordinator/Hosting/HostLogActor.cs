using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using Orchestrator.Shared.Certificates;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Hands the process's logging to the actor system's logger.</summary>
public sealed class HostLogSetup(ILoggerFactory logs) : Setup
{
    public ILoggerFactory Logs { get; } = logs;
}

/// <summary>
/// Writes what Akka logs into the process's log, under the source's name. What a connection brings about is written once in a while for each kind, and without its stack: who sends garbage, or is refused,
/// does so again and again.
/// </summary>
public sealed class HostLogActor : ReceiveActor
{
    private const string Transport = "Akka.Remote.Transport.DotNetty";

    private readonly RefusalNotes notes = new(TimeProvider.System);

    public HostLogActor()
    {
        var logs = Context.System.Settings.Setup.Get<HostLogSetup>().Value.Logs;
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e =>
        {
            var level = e.LogLevel() switch
            {
                Akka.Event.LogLevel.DebugLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
                Akka.Event.LogLevel.InfoLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
                Akka.Event.LogLevel.WarningLevel => Microsoft.Extensions.Logging.LogLevel.Warning,
                _ => Microsoft.Extensions.Logging.LogLevel.Error,
            };
            var logger = logs.CreateLogger($"Akka.{e.LogClass.Name}");
            if (e.LogClass.Namespace != Transport)
            {
                logger.Log(level, e.Cause, "{Message}", e.Message);
            }
            else if ($"{e.Message}".Split('\n')[0] is var line && notes.IsDue(line))
            {
                logger.Log(level, "{Message} ({Cause}; said once in ten minutes)", line, e.Cause?.GetBaseException().Message ?? "no error");
            }
        });
    }
}
