using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Coordinator.Access;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>Two coordinators over one database.</summary>
public sealed class TokenBookTests : IDisposable
{
    private static readonly DateTimeOffset Hour = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly Clock time = new(Hour.AddMinutes(59).AddSeconds(58));
    private readonly WatchedDatabase database;
    private readonly AccessDatabase access;
    private readonly TokenStore store;
    private readonly TokenBook here;
    private readonly TokenBook elsewhere;
    private readonly TokenSecret secret;

    public TokenBookTests()
    {
        database = new WatchedDatabase(folder.In("access.db"));
        access = new AccessDatabase(database);
        store = new TokenStore(access);
        (here, elsewhere) = (Book(), Book());
        secret = here.Create(new TokenRequest("for a test", "ada", TokenScope.Researcher, null, null), "bootstrap").Secret;
    }

    private TokenBook Book() => new(store, new CoordinatorOptions(), time, NullLogger<TokenBook>.Instance);

    public void Dispose()
    {
        access.Dispose();
        folder.Dispose();
    }

    private void Counts(TokenBook book) => Assert.Equal(secret.Id, book.Identify(Header).Caller?.Token);

    private void IsRefused(TokenBook book)
    {
        var (caller, problem) = book.Identify(Header);
        Assert.Null(caller);
        Assert.StartsWith("The token was revoked at", problem, StringComparison.Ordinal);
    }

    private string Header => $"Bearer {secret.Write()}";

    [Fact]
    public void A_revoked_token_is_refused_at_once_here_and_within_five_seconds_elsewhere()
    {
        Counts(here);
        Counts(elsewhere);
        Assert.NotNull(here.Revoke(secret.Id)!.RevokedAt);
        IsRefused(here);
        time.Advance(TimeSpan.FromSeconds(5));
        IsRefused(elsewhere);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_token_that_is_revoked_while_it_is_looked_up_is_not_remembered_as_it_was(long ticksLater)
    {
        // The database has said that it counts.
        database.OnceClosed = () =>
        {
            time.Advance(TimeSpan.FromTicks(ticksLater));
            here.Revoke(secret.Id);
        };
        IsRefused(here);
        Assert.Null(database.OnceClosed);
        IsRefused(here);
    }

    [Fact]
    public void A_token_that_is_revoked_while_its_use_is_noted_is_not_remembered_as_it_was()
    {
        Counts(here);
        time.Advance(TimeSpan.FromSeconds(3));
        time.OnceAsked = () =>
        {
            here.Revoke(secret.Id);
            IsRefused(here);
        };
        // This one came before.
        Assert.NotNull(here.Identify(Header).Caller);
        Assert.Null(time.OnceAsked);
        IsRefused(here);
    }

    [Fact]
    public void When_a_token_was_last_used_is_kept_to_the_hour_and_written_once_an_hour()
    {
        Counts(here);
        Assert.Equal(Hour, store.Find(secret.Id)!.LastUsedAt);
        var before = database.Opened;
        Counts(here);
        Assert.Equal(before, database.Opened);
        time.Advance(TimeSpan.FromSeconds(3));
        Counts(here);
        Assert.Equal(before + 1, database.Opened);
        Assert.Equal(Hour.AddHours(1), store.Find(secret.Id)!.LastUsedAt);
    }

    [Fact]
    public void A_token_that_is_not_there_is_neither_revoked_nor_remembered()
    {
        Assert.Null(here.Revoke("bbbbbbbbbb"));
        Assert.Equal("The token is not known here.", here.Identify($"Bearer {(secret with { Id = "bbbbbbbbbb" }).Write()}").Problem);
    }

    private sealed class Clock(DateTimeOffset now) : FakeTimeProvider(now)
    {
        /// <summary>Called once, after the time was told.</summary>
        public Action? OnceAsked { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            var told = base.GetUtcNow();
            var once = OnceAsked;
            OnceAsked = null;
            once?.Invoke();
            return told;
        }
    }
}
