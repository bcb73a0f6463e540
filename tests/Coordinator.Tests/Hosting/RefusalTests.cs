using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Coordinator.Tests.Storage;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>A whole coordinator over a journal that would let two of them write: it ends before it leads.</summary>
[Collection(PostgresFixture.Collection)]
public sealed class RefusalTests(PostgresFixture postgres) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sqlite", "DROP INDEX journal_uq")]
    [InlineData("postgres", "ALTER TABLE journal DROP CONSTRAINT journal_uq")]
    public async Task A_journal_that_fences_nothing_is_refused_at_start(string provider, string tear)
    {
        var options = new CoordinatorOptions
        {
            State = folder.Path,
            JoinToken = CoordinatorFixture.Token,
            Journal = provider == "postgres" ? await postgres.JournalAsync() : new JournalOptions(),
        };
        Assert.Null(await LeadAsync(options));
        // One that is only missing is made again at start, unless something else has its name.
        await ExecuteAsync(options, $"{tear}; CREATE INDEX journal_uq ON journal (persistence_id, sequence_number)");
        Assert.Contains("no unique constraint on (persistence_id, sequence_number)", await LeadAsync(options), StringComparison.Ordinal);
    }

    /// <summary>Starts a coordinator and ends it; why it refused, or null once it has led.</summary>
    private static async Task<string?> LeadAsync(CoordinatorOptions options)
    {
        await using var app = CoordinatorApp.Build([], options);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var (gateway, refusal) = (app.Services.GetRequiredService<HeadGateway>(), app.Services.GetRequiredService<Refusal>());
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!gateway.IsOpen && !stopping.IsCancellationRequested)
        {
            await Task.Delay(50, deadline.Token);
        }

        Assert.Equal(gateway.IsOpen, refusal.Reason is null);
        await app.StopAsync(TestContext.Current.CancellationToken);
        return refusal.Reason;
    }

    private static async Task ExecuteAsync(CoordinatorOptions options, string sql)
    {
        var connectionString = ActorSystemConfig.ConnectionString(options.Journal, options.State);
        await using System.Data.Common.DbConnection connection = options.Journal.IsPostgres
            ? new NpgsqlConnection(connectionString)
            : new SqliteConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
