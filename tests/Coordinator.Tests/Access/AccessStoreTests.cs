using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Storage;
using Orchestrator.Coordinator.Tests.Storage;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>Tokens and log of one coordinator, in a file.</summary>
public class AccessStoreTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly TemporaryFolder folder = new();

    protected virtual AccessDatabase Open() => new(new SqliteRowDatabase(Path.Combine(folder.Path, "access.db")));

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static AccessToken Token(string id) =>
        new(id, TokenSecret.Hash(id), "a name", "ada", TokenScope.Researcher, ["vision", "speech"], At, "bootstrap", At.AddDays(1));

    [Fact]
    public void A_token_is_found_by_another_coordinator_and_stays_revoked()
    {
        using var one = Open();
        using var two = Open();
        var (first, second) = (new TokenStore(one), new TokenStore(two));
        first.Add(Token("aaaaaaaaaa"));
        first.Add(Token("bbbbbbbbbb") with { Projects = [], ExpiresAt = null });
        Assert.Equivalent(Token("aaaaaaaaaa"), second.Find("aaaaaaaaaa"), strict: true);
        Assert.Null(second.Find("cccccccccc"));
        second.Use("aaaaaaaaaa", At.AddHours(1));
        second.Revoke("aaaaaaaaaa", At.AddHours(2));
        first.Revoke("aaaaaaaaaa", At.AddHours(3));
        var listed = first.List();
        Assert.Equal(["aaaaaaaaaa", "bbbbbbbbbb"], listed.Select(t => t.Id));
        Assert.Equal((At.AddHours(2), At.AddHours(1)), (listed[0].RevokedAt, listed[0].LastUsedAt));
        Assert.Null(listed[1].ExpiresAt);
    }

    [Fact]
    public async Task Coordinators_that_log_at_once_lose_nothing_and_share_one_order()
    {
        using var one = Open();
        using var two = Open();
        using var first = new AuditLog(one);
        using var second = new AuditLog(two);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => (i % 2 == 0 ? first : second).AddAsync(Entry($"{i}")))));
        var read = first.Read(1, 100);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), read.Select(e => e.Sequence));
        Assert.Equal(20, read.Select(e => e.Subject).Distinct().Count());
        Assert.Equal(Entry("7") with { Sequence = read.Single(e => e.Subject == "7").Sequence }, read.Single(e => e.Subject == "7"));
    }

    private static AuditEntryView Entry(string subject) => new(0, At, "ada", "aaaaaaaaaa", "POST", "/api/v1/runs", subject, "::1", 201);
}

/// <summary>Those of several, in their PostgreSQL.</summary>
[Collection(PostgresFixture.Collection)]
public sealed class PostgresAccessStoreTests(PostgresFixture postgres) : AccessStoreTests, IAsyncLifetime
{
    private string connectionString = "";

    public async ValueTask InitializeAsync() =>
        connectionString = ActorSystemConfig.ConnectionString(await postgres.JournalAsync(), stateFolder: "");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override AccessDatabase Open() => new(new PostgresRowDatabase(connectionString));
}
