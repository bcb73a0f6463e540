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
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    Insert(entry);
                    return;
                }
                catch (DbException) when (attempt < Attempts)
                {
                    // Another coordinator took the number.
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>In order.</summary>
    /// <param name="from">The first sequence that is wanted.</param>
    public IReadOnlyList<AuditEntryView> Read(long from, int limit)
    {
        using var connection = database.Open();
        using var command = AccessDatabase.Command(
            connection,
            "SELECT sequence, at, user_name, token, method, target, subject, address, status FROM audit_log WHERE sequence >= @from ORDER BY sequence LIMIT @limit",
            ("from", from),
            ("limit", limit)
        );
        using var reader = command.ExecuteReader();
        var entries = new List<AuditEntryView>();
        while (reader.Read())
        {
            entries.Add(
                new AuditEntryView(
                    reader.GetInt64(0),
                    AccessDatabase.Time(reader, 1)!.Value,
                    reader.GetString(2),
                    reader.GetString(3),
                    reader.GetString(4),
                    reader.GetString(5),
                    reader.IsDBNull(6) ? null : reader.GetString(6),
                    reader.GetString(7),
                    (int)reader.GetInt64(8)
                )
            );
        }

        return entries;
    }

    private void Insert(AuditEntryView entry)
    {
        using var connection = database.Open();
        using var command = AccessDatabase.Command(
            connection,
            """
            INSERT INTO audit_log (sequence, at, user_name, token, method, target, subject, address, status)
            SELECT COALESCE(MAX(sequence), 0) + 1, @at, @user, @token, @method, @target, @subject, @address, @status FROM audit_log
            """,
            ("at", entry.At.UtcTicks),
            ("user", entry.User),
            ("token", entry.Token),
            ("method", entry.Method),
            ("target", entry.Target),
            ("subject", entry.Subject),
            ("address", entry.Address),
            ("status", (long)entry.Status)
        );
        command.ExecuteNonQuery();
    }
}
