using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Coordinator.Backup;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;

namespace Orchestrator.Coordinator.Hosting;

/// <summary>Makes the journal's tables as the journal makes them itself at its first use, fence included.</summary>
internal static class JournalTables
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <exception cref="BackupException">They do not stand within a minute, or have no fence.</exception>
    public static async Task MakeAsync(CoordinatorOptions options)
    {
        SqliteJournalFile.Prepare(options.Journal, options.State);
        var config = ConfigurationFactory
            .ParseString("akka.actor.provider = local")
            .WithFallback(ActorSystemConfig.Create(options.Akka, 0, options.Journal, options.State));
        var system = ActorSystem.Create(
            "restore",
            BootstrapSetup.Create().WithConfig(config).And(new HostLogSetup(NullLoggerFactory.Instance))
        );
        try
        {
            using var deadline = new CancellationTokenSource(Deadline);
            await system.ActorOf(Props.Create<JournalRehearsalActor>()).WatchAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BackupException($"the journal ({options.Journal.Provider}) was not made within {Deadline.TotalSeconds:0} s");
        }
        finally
        {
            await system.Terminate();
        }

        if (await JournalFence.CheckAsync(options.Journal, options.State) is { } problem)
        {
            throw new BackupException(problem);
        }
    }
}
