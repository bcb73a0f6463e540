using System.Data.Common;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Telemetry;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Storage;

/// <summary>The journal keeps two coordinators apart: with the settings that ship.</summary>
public abstract class FenceTests : IAsyncDisposable
{
    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private protected readonly TemporaryFolder Files = new();
    private readonly List<Node> nodes = [];
    private JournalOptions? journal;

    /// <summary>Of this test: empty at its beginning.</summary>
    protected abstract Task<JournalOptions> JournalAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.System.Terminate();
            node.Rows.Dispose();
        }

        SqliteConnection.ClearAllPools();
        Files.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A coordinator without its cluster: what two singletons at once look like.</summary>
    private protected async Task<Node> StartAsync(
        string extra = "",
        Func<Task<string?>>? fence = null,
        IRowDatabase? database = null,
        TimeProvider? clock = null
    )
    {
        var time = clock ?? TimeProvider.System;
        journal ??= await JournalAsync();
        var config = ActorSystemConfig.Create(new AkkaOptions(), 0, journal, Files.Path);
        var system = ActorSystem.Create(
            "run",
            BootstrapSetup
                .Create()
                .WithConfig(ConfigurationFactory.ParseString($"akka.actor.provider = local\n{extra}").WithFallback(config))
                .And(new HostLogSetup(NullLoggerFactory.Instance))
        );
        var (board, gateway) = (new RunBoard(), new HeadGateway(time));
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var rows = new StepRowStore(database ?? new SqliteRowDatabase(Files.In("rows.db")));
        var parts = new HeadParts(
            "0123456789abcdef",
            new RunTimers(),
            new SchedulingPolicy(),
            time,
            board,
            gateway,
            rows,
            new JournalReader(journal, Files.Path),
            new CoordinatorMetrics(),
            fence ?? (() => JournalFence.CheckAsync(journal!, Files.Path)),
            why => refused.TrySetResult(why),
            () => "http://127.0.0.1:1",
            NullLoggerFactory.Instance
        );
        system.ActorOf(HeadActor.Props(parts), "head");
        var node = new Node(system, board, gateway, rows, refused.Task);
        nodes.Add(node);
        using var deadline = new CancellationTokenSource(Deadline);
        while (!gateway.IsOpen && !node.Refused.IsCompleted)
        {
            await Task.Delay(20, deadline.Token);
        }

        return node;
    }

    private async Task<DbConnection> OpenAsync()
    {
        var connectionString = ActorSystemConfig.ConnectionString(journal!, Files.Path);
        DbConnection connection = journal!.IsPostgres ? new NpgsqlConnection(connectionString) : new SqliteConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static RunSpec Spec => RunSpecParser.Parse("method: gmml\ndata: { images: a }\n").Spec!;

    private protected static async Task<RunAccepted?> SubmitAsync(Node node) =>
        await node.Gateway.SubmitAsync(new SubmitRun(Spec, null, "sha"), CancellationToken.None) as RunAccepted;

    [Fact]
    public async Task The_second_writer_deposes_the_first_whose_next_append_ends_its_whole_actor_system()
    {
        var first = await StartAsync();
        Assert.NotNull(await SubmitAsync(first));
        var second = await StartAsync();
        Assert.Null(await SubmitAsync(first));
        await first.System.WhenTerminated.WaitAsync(Deadline);
        Assert.NotNull(await SubmitAsync(second));
        Assert.False(second.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_head_that_stood_still_answers_nothing_and_finds_out_by_itself_that_another_leads()
    {
        var clock = new FakeTimeProvider();
        var first = await StartAsync(clock: clock);
        var run = (await SubmitAsync(first))!.Run;
        Assert.NotNull(first.Board.Find(run));
        await StartAsync();
        Assert.True(first.Gateway.IsOpen);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.False(first.Gateway.IsOpen);
        await first.System.WhenTerminated.WaitAsync(Deadline);
        Assert.False(first.Gateway.IsOpen);
        Assert.Null(first.Board.Find(run));
    }

    [Fact]
    public async Task A_head_that_stood_still_and_was_not_replaced_leads_on()
    {
        var clock = new FakeTimeProvider();
        var node = await StartAsync(clock: clock);
        clock.Advance(TimeSpan.FromSeconds(6));
        using var deadline = new CancellationTokenSource(Deadline);
        while (!node.Gateway.IsOpen)
        {
            await Task.Delay(20, deadline.Token);
        }

        Assert.NotNull(await SubmitAsync(node));
    }

    [Fact]
    public async Task Writers_in_turn_lose_no_event()
    {
        // With Akka's default replay filter the third one would skip what the first had written.
        for (var turn = 1; turn <= 3; turn++)
        {
            var node = await StartAsync();
            Assert.False(node.Refused.IsCompleted);
            Assert.NotNull(await SubmitAsync(node));
        }

        await nodes[0].System.Terminate();
        var last = await StartAsync();
        Assert.False(last.Refused.IsCompleted);
        await using var connection = await OpenAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT COUNT(*), MAX(sequence_number) FROM journal WHERE persistence_id = 'head'";
        await using var reader = await count.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((7L, 7L), (reader.GetInt64(0), reader.GetInt64(1)));
    }

    [Fact]
    public async Task A_rejected_event_ends_the_actor_system()
    {
        // Akka lets an actor live on after a rejection, with a number used up: a gap that a second coordinator could write into.
        var node = await StartAsync($"akka.actor.serializers.journal = \"{typeof(RefusingSerializer).AssemblyQualifiedName}\"");
        Assert.Null(await SubmitAsync(node));
        await node.System.WhenTerminated.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_journal_without_its_unique_constraint_is_found_out()
    {
        await StartAsync();
        Assert.Null(await JournalFence.CheckAsync(journal!, Files.Path));
        await using (var connection = await OpenAsync())
        {
            await using var drop = connection.CreateCommand();
            drop.CommandText = journal!.IsPostgres ? "ALTER TABLE journal DROP CONSTRAINT journal_uq" : "DROP INDEX journal_uq";
            await drop.ExecuteNonQueryAsync();
            drop.CommandText = "CREATE UNIQUE INDEX part ON journal (persistence_id, sequence_number) WHERE sequence_number > 5";
            await drop.ExecuteNonQueryAsync();
        }

        Assert.Contains("no unique constraint", await JournalFence.CheckAsync(journal!, Files.Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinator_whose_journal_fences_nothing_refuses_to_run()
    {
        var node = await StartAsync(fence: () => Task.FromResult<string?>("no constraint"));
        Assert.Equal("no constraint", await node.Refused.WaitAsync(Deadline));
        Assert.False(node.Gateway.IsOpen);
    }

    /// <summary>Writes everything but a submission.</summary>
    private sealed class RefusingSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        private readonly JournalSerializer journal = new(system);

        public override int Identifier => journal.Identifier;

        public override byte[] ToBinary(object obj) =>
            obj is RunSubmitted ? throw new ArgumentException("not this one", nameof(obj)) : journal.ToBinary(obj);

        public override object FromBinary(byte[] bytes, string manifest) => journal.FromBinary(bytes, manifest);

        public override string Manifest(object o) => journal.Manifest(o);
    }

    private protected sealed record Node(ActorSystem System, RunBoard Board, HeadGateway Gateway, StepRowStore Rows, Task<string> Refused);
}

/// <summary>On one SQLite file.</summary>
public sealed class SqliteFenceTests : FenceTests
{
    protected override Task<JournalOptions> JournalAsync() => Task.FromResult(new JournalOptions());

    [Fact]
    public async Task A_run_asks_for_its_rows_until_the_store_has_answered()
    {
        // Nobody would be acknowledged before, and no row asked for.
        var node = await StartAsync(database: new AbsentDatabase(new SqliteRowDatabase(Files.In("rows.db")), times: 2));
        var run = (await SubmitAsync(node))!.Run;
        using var deadline = new CancellationTokenSource(Deadline);
        while (node.Board.Find(run)?.Progress is null)
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Cannot be reached at first.</summary>
    private sealed class AbsentDatabase(IRowDatabase database, int times) : IRowDatabase
    {
        private int left = times;

        public void Prepare() => database.Prepare();

        public void Prepare(string tables) => database.Prepare(tables);

        public DbConnection Open() => --left < 0 ? database.Open() : throw new NpgsqlException("the database is away");

        public void Dispose() => database.Dispose();
    }
}

/// <summary>In one PostgreSQL.</summary>
[Collection(PostgresFixture.Collection)]
public sealed class PostgresFenceTests(PostgresFixture postgres) : FenceTests
{
    protected override Task<JournalOptions> JournalAsync() => postgres.JournalAsync();
}
