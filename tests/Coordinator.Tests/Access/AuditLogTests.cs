using Microsoft.Data.Sqlite;
using Orchestrator.Coordinator.Access;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Access;

public sealed class AuditLogTests : IDisposable
{
    private static readonly AuditEntryView Mine = new(
        0,
        DateTimeOffset.UnixEpoch,
        "ada",
        "aaaaaaaaaa",
        "POST",
        "/api/v1/runs",
        "mine",
        "::1",
        201
    );

    private readonly TemporaryFolder folder = new();
    private readonly WatchedDatabase database;
    private readonly AccessDatabase access;
    private readonly AuditLog log;

    public AuditLogTests()
    {
        database = new WatchedDatabase(folder.In("access.db"));
        access = new AccessDatabase(database);
        log = new AuditLog(access);
    }

    public void Dispose()
    {
        log.Dispose();
        access.Dispose();
        folder.Dispose();
    }

    private static SqliteException Away() => new("away", 14);

    [Fact]
    public async Task A_database_that_is_away_is_asked_twice_and_told()
    {
        database.OnOpen = () => throw Away();
        await Assert.ThrowsAsync<SqliteException>(() => log.AddAsync(Mine));
        Assert.Equal(2, database.Opened);
        database.OnOpen = null;
        await log.AddAsync(Mine);
        Assert.Equal([Mine with { Sequence = 1 }], log.Read(1, 10));
    }

    [Fact]
    public async Task A_connection_that_had_broken_loses_nothing()
    {
        database.OnOpen = () =>
        {
            database.OnOpen = null;
            throw Away();
        };
        await log.AddAsync(Mine);
        Assert.Equal([Mine with { Sequence = 1 }], log.Read(1, 10));
    }

    [Fact]
    public async Task The_next_number_follows_one_that_another_coordinator_took()
    {
        // Between the choice of a number and its being written.
        Execute(
            """
            CREATE TRIGGER other BEFORE INSERT ON audit_log WHEN NOT EXISTS (SELECT 1 FROM audit_log) BEGIN
              INSERT INTO audit_log VALUES (NEW.sequence, NEW.at, NEW.user_name, NEW.token, NEW.method, NEW.target, 'other', NEW.address, NEW.status);
            END
            """
        );
        await log.AddAsync(Mine);
        Assert.Equal([(1L, "other"), (2L, "mine")], log.Read(1, 10).Select(e => (e.Sequence, e.Subject!)));
    }

    [Fact]
    public async Task A_number_that_others_take_ten_times_is_told()
    {
        Execute("CREATE TRIGGER others BEFORE INSERT ON audit_log BEGIN SELECT RAISE(IGNORE); END");
        var before = database.Opened;
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => log.AddAsync(Mine));
        Assert.Equal(10, database.Opened - before);
    }

    private void Execute(string sql)
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
