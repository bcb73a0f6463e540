using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Tests.Hosting;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Storage;

/// <summary>How the journal's file is read and written: the driver has whoever meets a lock sleep for 150 ms.</summary>
public sealed class SqliteJournalTests(CoordinatorFixture coordinator) : IClassFixture<CoordinatorFixture>
{
    [Fact]
    public async Task The_journal_has_a_write_ahead_log_and_syncs_each_append()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(coordinator.Options.State, "journal.db")}");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        command.CommandText = "PRAGMA synchronous";
        Assert.Equal(2L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reading_a_journal_waits_for_no_writer()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(coordinator.Options.State, "journal.db")}");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        var config = ActorSystemConfig.Create(new AkkaOptions(), 0, coordinator.Options.Journal, coordinator.Options.State);
        var system = ActorSystem.Create(
            "reader",
            BootstrapSetup
                .Create()
                .WithConfig(ConfigurationFactory.ParseString("akka.actor.provider = local").WithFallback(config))
                .And(new HostLogSetup(NullLoggerFactory.Instance))
        );
        try
        {
            // The first use of the journal makes its tables where they are missing, and may write.
            await RecoverAsync(system);
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            // A reader that begins as a writer would get the lock never, and give up after 30 s.
            await RecoverAsync(system);
        }
        finally
        {
            command.CommandText = "ROLLBACK";
            await command.ExecuteNonQueryAsync(CancellationToken.None);
            await system.Terminate();
        }
    }

    /// <summary>An actor reads its journal, in which nothing stands.</summary>
    private static async Task RecoverAsync(ActorSystem system)
    {
        var recovered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Reader(recovered)));
        await recovered.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private sealed class Reader : ReceivePersistentActor
    {
        private readonly TaskCompletionSource recovered;

        public Reader(TaskCompletionSource recovered)
        {
            this.recovered = recovered;
            Recover<RecoveryCompleted>(_ => recovered.TrySetResult());
        }

        public override string PersistenceId => "reader";

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => recovered.TrySetException(reason);
    }
}
