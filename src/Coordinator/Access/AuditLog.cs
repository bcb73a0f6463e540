using System.Data.Common;
using Orchestrator.Shared.Api;

namespace Orchestrator.Coordinator.Access;

/// <summary>Who changed what, when and from where, as the database keeps it: never a token, a query or a body. Thread safe.</summary>
public sealed class AuditLog(AccessDatabase database) : IDisposable
{
    /// <summary>So many coordinators that write at one moment take one another's number at most.</summary>
    private const int Attempts = 10;

    private readonly SemaphoreSlim turn = new(1);

    public void Dispose() => turn.Dispose();

    /// <param name="entry">Its sequence counts for nothing: it gets the next one.</param>
    /// <exception cref="DbException">It is not stored.</exception>
    public async Task AddAsync(AuditEntryView entry)
    {
        await turn.WaitAsync();
        try
        {
            var hasFailed = false;
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                try
                {
                    if (Insert(entry))
                    {
                        return;
                    }
                }
                catch (DbException) when (!hasFailed)
                {
                    // A pooled connection had broken, maybe. A database that is away holds every change up until it is told: once more, and no more.
                    hasFailed = true;
                }
            }

            throw new NumberTakenException();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>In order.</summary>
    /// <param name="from">The first sequence that is wanted.</param>
    public IReadOnlyList<AuditEntryView> Read(long from, int limit) =>
        database.Read(
            Entry,
            "SELECT sequence, at, user_name, token, method, target, subject, address, status FROM audit_log WHERE sequence >= @from ORDER BY sequence LIMIT @limit",
            ("from", from),
            ("limit", limit)
        );

    /// <summary>Whether it got a number; else another coordinator took that one.</summary>
    private bool Insert(AuditEntryView entry) =>
        // Without a condition SQLite takes ON for a join's.
        database.Execute(
            """
            INSERT INTO audit_log (sequence, at, user_name, token, method, target, subject, address, status)
            SELECT COALESCE(MAX(sequence), 0) + 1, @at, @user, @token, @method, @target, @subject, @address, @status FROM audit_log
            WHERE true
            ON CONFLICT (sequence) DO NOTHING
            """,
            ("at", entry.At.UtcTicks),
            ("user", entry.User),
            ("token", entry.Token),
            ("method", entry.Method),
            ("target", entry.Target),
            ("subject", entry.Subject),
            ("address", entry.Address),
            ("status", (long)entry.Status)
        ) == 1;

    private static AuditEntryView Entry(DbDataReader reader) =>
        new(
            reader.GetInt64(0),
            AccessDatabase.Time(reader, 1)!.Value,
            reader.GetString(2),
            reader.GetString(3),
            reader.GetString(4),
            reader.GetString(5),
            reader.IsDBNull(6) ? null : reader.GetString(6),
            reader.GetString(7),
            (int)reader.GetInt64(8)
        );

    private sealed class NumberTakenException() : DbException($"Other coordinators took the next number {Attempts} times.");
}
