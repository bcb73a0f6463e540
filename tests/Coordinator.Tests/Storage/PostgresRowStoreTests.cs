using Npgsql;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Tests.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Storage;

/// <summary>Rows of several coordinators, in their PostgreSQL.</summary>
[Collection(PostgresFixture.Collection)]
public sealed class PostgresRowStoreTests(PostgresFixture postgres) : StepRowStoreTests, IAsyncLifetime
{
    private string connectionString = "";

    public async ValueTask InitializeAsync() =>
        connectionString = ActorSystemConfig.ConnectionString(await postgres.JournalAsync(), stateFolder: "");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override StepRowStore Open() => new(new PostgresRowDatabase(connectionString));

    [Fact]
    public async Task Coordinators_that_start_at_once_make_one_table()
    {
        var databases = Enumerable.Range(0, 6).Select(_ => new PostgresRowDatabase(connectionString)).ToList();
        await Task.WhenAll(databases.Select(d => Task.Run(d.Prepare)));
        databases.ForEach(d => d.Dispose());
        using var store = Open();
        Assert.Equal(0, (await store.LoadAsync("r")).Progress.Next);
    }

    [Fact]
    public async Task A_coordinator_that_is_frozen_inside_its_transaction_holds_the_next_one_up_for_seconds_only()
    {
        using var store = Open();
        await using var frozen = new NpgsqlConnection(connectionString);
        await frozen.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await frozen.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var insert = new NpgsqlCommand("INSERT INTO step_rows VALUES ('r', 0, '')", frozen, transaction);
        await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        // As workers do: they send what is not acknowledged again.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        RowsAppended? appended = null;
        while (appended is null)
        {
            try
            {
                appended = await store.AppendAsync("r", [RunHarness.Row(0)]);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                await Task.Delay(50, deadline.Token);
            }
        }

        Assert.Equal((1, 1), (appended.Progress.Next, appended.Stored));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Connections_that_the_server_ends_are_made_anew()
    {
        using var store = Open();
        await store.AppendAsync("r", [RunHarness.Row(0)]);
        await using var other = new NpgsqlConnection(connectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var end = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%step_rows%' OR query LIKE 'COMMIT%'",
            other
        );
        Assert.True((long)(await end.ExecuteScalarAsync(TestContext.Current.CancellationToken))! > 0);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => store.AppendAsync("r", [RunHarness.Row(1)]));
        Assert.Equal(2, (await store.AppendAsync("r", [RunHarness.Row(1)])).Progress.Next);
    }
}
