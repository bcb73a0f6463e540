using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Coordinator.Backup;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Tests.Hosting;
using Orchestrator.Coordinator.Tests.Storage;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Backup;

/// <summary>A backup of a coordinator that runs, and what is made of it elsewhere.</summary>
[Collection(PostgresFixture.Collection)]
public sealed class BackupTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Spec =
        "method: gmml\ndata: { images: a, labels: b, holdOut: 10 }\nbudget: { steps: 20 }\nbatch: { size: 64, shards: 8 }\nworkers: { min: 1, max: 1 }\n";

    private static readonly DateTimeOffset Now = new(2026, 11, 29, 3, 0, 0, TimeSpan.Zero);

    private readonly CoordinatorFixture coordinator = new();
    private readonly TemporaryFolder folder = new();

    private string File => folder.In("state.backup");

    public ValueTask InitializeAsync() => coordinator.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await coordinator.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_a_running_coordinator_keeps_is_served_as_before_where_it_is_restored()
    {
        var (completed, waiting) = await RunsAsync();
        BackupWriter.Write(coordinator.Options, File, Now);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }

        var (detail, rows) = (await TextAsync($"{completed}/detail"), await TextAsync($"{completed}/metrics"));
        var token = await TokenAsync();
        // After the backup, so lost with the state.
        await SubmitAsync(Spec);

        await coordinator.RestartAsync(async () =>
        {
            foreach (var database in Directory.GetFiles(coordinator.Options.State, "*.db*"))
            {
                System.IO.File.Delete(database);
            }

            await Restoration.RunAsync(coordinator.Options, File);
        });

        Assert.Equal(detail, await TextAsync($"{completed}/detail"));
        Assert.Equal(rows, await TextAsync($"{completed}/metrics"));
        Assert.Equal(
            [completed.Split('/')[^1], waiting.Split('/')[^1]],
            (await coordinator.GetAsync<RunListView>("/api/v1/runs")).Runs.Select(run => run.Id)
        );
        Assert.DoesNotContain(token.Id, await TextAsync("/api/v1/tokens"), StringComparison.Ordinal);
        // It goes on.
        await using var worker = new FakeWorker("backup-b", coordinator.Akka);
        await coordinator.UntilAsync<RunView>(waiting, run => run.Phase == RunPhase.Completed);
    }

    [Fact]
    public async Task A_backup_of_SQLite_is_restored_into_PostgreSQL_row_by_row()
    {
        await RunsAsync();
        await TokenAsync();
        var manifest = BackupWriter.Write(coordinator.Options, File, Now);
        Assert.All(manifest.Tables.Where(table => table.Name != "tags"), table => Assert.True(table.Rows > 0, table.Name));
        var options = coordinator.Options with { State = folder.In("other"), Journal = await postgres.JournalAsync() };
        await Restoration.RunAsync(options, File);
        var again = BackupWriter.Write(options, folder.In("again.backup"), Now);
        // All but truth values have the same bytes; those are one column of the journal.
        Assert.Equal(manifest.Tables.Select(t => (t.Name, t.Rows)), again.Tables.Select(t => (t.Name, t.Rows)));
        Assert.Equal(
            manifest.Tables.Where(t => t.Name != "journal").Select(t => t.Sha256),
            again.Tables.Where(t => t.Name != "journal").Select(t => t.Sha256)
        );
        Assert.Equal(Events(coordinator.Options), Events(options));

        // The next event gets the next number.
        await using var connection = new NpgsqlConnection(options.Journal.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (0, false, 'x', 1, '') RETURNING ordering - (SELECT MAX(ordering) FROM journal)";
        Assert.Equal(1L, Convert.ToInt64(await command.ExecuteScalarAsync()));

        // And back.
        var back = coordinator.Options with
        {
            State = folder.In("back"),
        };
        await Restoration.RunAsync(back, folder.In("again.backup"));
        Assert.Equal(Events(coordinator.Options), Events(back));
        var refused = await Assert.ThrowsAsync<BackupException>(() => Restoration.RunAsync(options, File));
        Assert.Contains("into an empty database", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_table_that_a_coordinator_has_is_in_a_backup()
    {
        List<string> tables = [];
        foreach (var file in Directory.GetFiles(coordinator.Options.State, "*.db"))
        {
            await using var connection = new SqliteConnection($"Data Source={file}");
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                tables.Add(reader.GetString(0));
            }
        }

        Assert.Equal(StateTable.All.Select(table => table.Name).Order(), tables.Order());
    }

    [Fact]
    public async Task A_damaged_backup_changes_nothing_and_is_named()
    {
        await SubmitAsync(Spec);
        BackupWriter.Write(coordinator.Options, File, Now);
        var whole = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);
        var expected = coordinator.Options with { State = folder.In("expected") };
        await Restoration.RunAsync(expected, File);
        var elsewhere = coordinator.Options with { State = folder.In("elsewhere") };
        // Everywhere in it, and cut off.
        byte[][] damaged =
        [
            .. Enumerable.Range(0, 40).Select(i => Altered(whole, i * (whole.Length - 1) / 39)),
            whole[..(whole.Length / 2)],
            [],
            "no backup"u8.ToArray(),
        ];
        var refused = 0;
        foreach (var bytes in damaged)
        {
            await System.IO.File.WriteAllBytesAsync(File, bytes, TestContext.Current.CancellationToken);
            try
            {
                await Restoration.RunAsync(elsewhere, File);
                // A bit that says nothing, such as one of a time in the archive's directory: then all is there.
                Assert.Equal(Events(expected), Events(elsewhere));
                SqliteConnection.ClearAllPools();
                Directory.Delete(elsewhere.State, recursive: true);
            }
            catch (BackupException)
            {
                refused++;
                Assert.False(Directory.Exists(elsewhere.State) && Directory.GetFiles(elsewhere.State).Length > 0);
            }
        }

        Assert.InRange(refused, 20, damaged.Length);
    }

    [Fact]
    public async Task Nothing_is_written_over()
    {
        BackupWriter.Write(coordinator.Options, File, Now);
        Assert.Contains(
            "is there already",
            Assert.Throws<BackupException>(() => BackupWriter.Write(coordinator.Options, File, Now)).Message,
            StringComparison.Ordinal
        );
        var refused = await Assert.ThrowsAsync<BackupException>(() => Restoration.RunAsync(coordinator.Options, File));
        Assert.Contains(Path.Combine(coordinator.Options.State, "journal.db"), refused.Message, StringComparison.Ordinal);
        var empty = coordinator.Options with { State = folder.In("empty") };
        Assert.Contains(
            "there is no",
            Assert.Throws<BackupException>(() => BackupWriter.Write(empty, folder.In("x"), Now)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal([File], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(new[] { "backup" }, 2, "backup takes a file")]
    [InlineData(new[] { "restore", "--State", "x" }, 2, "restore takes a file")]
    [InlineData(new[] { "backup", "x.backup", "--Journal:Provider", "oracle" }, 2, "Journal:Provider: oracle")]
    [InlineData(new[] { "restore", "/nowhere/x.backup", "--State", "/nowhere/state" }, 1, "/nowhere/x.backup")]
    public async Task Bad_words_are_named(string[] args, int code, string problem)
    {
        Assert.True(BackupProgram.Is(args));
        var (error, text) = (Console.Error, new StringWriter());
        Console.SetError(text);
        try
        {
            Assert.Equal(code, await BackupProgram.RunAsync(args));
        }
        finally
        {
            Console.SetError(error);
        }

        Assert.Contains(problem, text.ToString(), StringComparison.Ordinal);
    }

    private static byte[] Altered(byte[] bytes, int at)
    {
        byte[] altered = [.. bytes];
        altered[at] ^= 0x10;
        return altered;
    }

    private static List<(string Run, long Sequence, string Bytes)> Events(CoordinatorOptions options) =>
        [
            .. new JournalReader(options.Journal, options.State)
                .Runs()
                .SelectMany(run => run.Rows.Select(row => (run.Run, row.Sequence, Convert.ToHexString(row.Message)))),
        ];

    private async Task<(string Completed, string Waiting)> RunsAsync()
    {
        string completed;
        await using (var worker = new FakeWorker("backup-a", coordinator.Akka))
        {
            completed = await SubmitAsync(Spec);
            await coordinator.UntilAsync<RunView>(completed, run => run.Phase == RunPhase.Completed);
        }

        return (completed, await SubmitAsync(Spec));
    }

    private async Task<string> SubmitAsync(string spec)
    {
        var response = await coordinator.Http.PostAsync("/api/v1/runs", new StringContent(spec));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<SubmittedView>(RunSpecJson.Options))!.Location;
    }

    private async Task<TokenView> TokenAsync()
    {
        var response = await coordinator.Http.PostAsJsonAsync(
            "/api/v1/tokens",
            new
            {
                name = "laptop",
                user = "ada",
                scope = "viewer",
            }
        );
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<TokenCreatedView>(RunSpecJson.Options))!.Token;
    }

    private Task<string> TextAsync(string path) => coordinator.Http.GetStringAsync(path);
}
