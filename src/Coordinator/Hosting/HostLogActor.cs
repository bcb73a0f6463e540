using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Hands the process's logging to the actor system's logger.</summary>
public sealed class HostLogSetup(ILoggerFactory logs) : Setup
{
    public ILoggerFactory Logs { get; } = logs;
}

/// <summary>Writes what Akka logs into the process's log, under the source's name.</summary>
public sealed class HostLogActor : ReceiveActor
{
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
            logs.CreateLogger($"Akka.{e.LogClass.Name}").Log(level, e.Cause, "{Message}", e.Message);
        });
    }
}
