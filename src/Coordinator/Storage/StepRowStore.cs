using System.Collections.Concurrent;
using System.Data.Common;
using MessagePack;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Storage;

/// <param name="Stored">How many were new.</param>
/// <param name="Conflicts">Rows whose losses or digests differ from the stored ones in a bit.</param>
public sealed record RowsAppended(
    RunProgress Progress,
    int Stored,
    IReadOnlyList<RowConflict> Conflicts,
    IReadOnlyList<DamagedSampleRow> Damaged,
    string? Collapse,
    IReadOnlyList<string> NonFinite
);

/// <summary>
/// Rows of steps by (run, step), each written once; rows of a run stand without a gap from step 0. One thread writes, in batches: a caller is answered
/// when its rows are on disk. Another coordinator may write the same rows: whoever comes first, and both go on from what stands.
/// </summary>
public sealed class StepRowStore : IDisposable
{
    private readonly IRowDatabase database;
    private readonly BlockingCollection<Work> queue = new(boundedCapacity: 10_000);
    private readonly Dictionary<string, RowLedger> ledgers = new(StringComparer.Ordinal);
    private readonly Thread writer;
    private long answers;

    /// <param name="database">Owned: disposed with this.</param>
    /// <exception cref="DbException">It cannot be opened.</exception>
    public StepRowStore(IRowDatabase database)
    {
        this.database = database;
        database.Prepare();
        writer = new Thread(Write) { IsBackground = true, Name = "step-rows" };
        writer.Start();
    }

    /// <summary>What stands of a run, read anew: another coordinator may have written since.</summary>
    public Task<RowsAppended> LoadAsync(string run) => AppendAsync(run, []);

    /// <summary>Stores the rows that follow without a gap; compares those that stand already; ignores what comes after a gap (it is asked for again).</summary>
    public Task<RowsAppended> AppendAsync(string run, IReadOnlyList<StepRow> rows) => Queue(run, rows, null);

    private Task<RowsAppended> Queue(string run, IReadOnlyList<StepRow> rows, (long From, long Generation)? forget)
    {
        var done = new TaskCompletionSource<RowsAppended>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (queue.IsAddingCompleted || !queue.TryAdd(new Work(run, rows, forget, done)))
        {
            done.SetException(new InvalidOperationException("The row store is full or closed; rows are sent again."));
        }

        return done.Task;
    }

    /// <summary>Removes the rows from a step on that generations up to one computed: they are computed again.</summary>
    public Task<RowsAppended> ForgetAsync(string run, long from, long generation) => Queue(run, [], (from, generation));

    /// <summary>Rows from a step on, at most so many, in order.</summary>
    public IReadOnlyList<StepRow> Read(string run, long from, int limit)
    {
        using var connection = database.Open();
        return Read(connection, run, from, limit);
    }

    /// <summary>Of each run the newest row, with those before it as long as none has a finite loss, oldest first; at most 50.</summary>
    public IEnumerable<(string Run, IReadOnlyList<StepRow> Rows)> ReadLast(IEnumerable<string> runs)
    {
        using var connection = database.Open();
        foreach (var run in runs)
        {
            var last = ReadLast(connection, run, 1);
            yield return (run, last is [var newest] && RunProgress.Finite(newest) is null ? ReadLast(connection, run, 50) : last);
        }
    }

    public void Dispose()
    {
        queue.CompleteAdding();
        writer.Join();
        queue.Dispose();
        foreach (var ledger in ledgers.Values)
        {
            ledger.Dispose();
        }

        database.Dispose();
    }

    private void Write()
    {
        foreach (var first in queue.GetConsumingEnumerable())
        {
            var batch = new List<Work> { first };
            while (batch.Count < 100 && queue.TryTake(out var more))
            {
                batch.Add(more);
            }

            Store(batch);
        }
    }

    private void Store(List<Work> batch)
    {
        var appended = new List<(Work Work, RowsAppended Answer)>();
        try
        {
            // A connection a batch: one that broke is not met again.
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            foreach (var work in batch)
            {
                appended.Add((work, Append(connection, transaction, work)));
            }

            transaction.Commit();
        }
        catch (Exception e)
        {
            // What the ledgers counted may not be on disk: they are read anew.
            foreach (var work in batch)
            {
                ledgers.Remove(work.Run, out var ledger);
                ledger?.Dispose();
                work.Done.TrySetException(e);
            }

            return;
        }

        foreach (var (work, answer) in appended)
        {
            work.Done.TrySetResult(answer);
        }
    }

    private RowsAppended Append(DbConnection connection, DbTransaction transaction, Work work)
    {
        if (work.Forget is var (from, generation))
        {
            Forget(connection, transaction, work.Run, from, generation);
        }

        var ledger = Ledger(connection, work);
        var (stored, conflicts, damaged, nonFinite) = (0, new List<RowConflict>(), new List<DamagedSampleRow>(), new List<string>());
        string? collapse = null;
        foreach (var row in work.Rows)
        {
            if (row.Step == ledger.Next && row.Losses.Count > 0)
            {
                if (Insert(connection, transaction, work.Run, row))
                {
                    var news = ledger.Add(row);
                    damaged.AddRange(news.Damaged);
                    collapse ??= news.Collapse;
                    if (news.NonFinite is { } refused)
                    {
                        nonFinite.Add(refused);
                    }

                    stored++;
                    continue;
                }

                // Another coordinator was first, and has told what there was to tell of it.
                CatchUp(connection, work.Run, ledger);
            }

            if (
                row.Step < ledger.Next
                && Read(connection, work.Run, row.Step, 1) is [var standing]
                && !StepRowComparison.Of(standing, row).IsEqual
            )
            {
                conflicts.Add(new RowConflict(row.Step, standing.Generation, row.Generation));
            }
        }

        return new RowsAppended(ledger.Progress() with { Number = ++answers }, stored, conflicts, damaged, collapse, nonFinite);
    }

    /// <summary>All rows from the first on that is ruled out: a later one has no row before it.</summary>
    private void Forget(DbConnection connection, DbTransaction transaction, string run, long from, long generation)
    {
        IReadOnlyList<StepRow> rows;
        var first = from;
        do
        {
            rows = Read(connection, run, first, 1000);
            if (rows.FirstOrDefault(row => row.Generation <= generation) is { } bad)
            {
                using var delete = connection.CreateCommand();
                delete.Transaction = transaction;
                delete.CommandText = "DELETE FROM step_rows WHERE run = @run AND step >= @from";
                Bind(delete, "@run", run);
                Bind(delete, "@from", bad.Step);
                delete.ExecuteNonQuery();
                ledgers.Remove(run, out var ledger);
                ledger?.Dispose();
                return;
            }

            first += rows.Count;
        } while (rows.Count > 0);
    }

    /// <summary>Whether it was new.</summary>
    private static bool Insert(DbConnection connection, DbTransaction transaction, string run, StepRow row)
    {
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = "INSERT INTO step_rows (run, step, payload) VALUES (@run, @step, @payload) ON CONFLICT (run, step) DO NOTHING";
        Bind(insert, "@run", run);
        Bind(insert, "@step", row.Step);
        Bind(insert, "@payload", MessagePackSerializer.Serialize(row));
        return insert.ExecuteNonQuery() == 1;
    }

    private RowLedger Ledger(DbConnection connection, Work work)
    {
        var known = ledgers.TryGetValue(work.Run, out var ledger);
        if (ledger is null)
        {
            ledger = new RowLedger();
            ledgers.Add(work.Run, ledger);
        }

        if (!known || work.Rows.Count == 0)
        {
            CatchUp(connection, work.Run, ledger);
        }

        return ledger;
    }

    private static void CatchUp(DbConnection connection, string run, RowLedger ledger)
    {
        IReadOnlyList<StepRow> rows;
        do
        {
            rows = Read(connection, run, ledger.Next, 5000);
            foreach (var row in rows)
            {
                ledger.Add(row);
            }
        } while (rows.Count > 0);
    }

    private static List<StepRow> Read(DbConnection connection, string run, long from, int limit)
    {
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT payload FROM step_rows WHERE run = @run AND step >= @from ORDER BY step LIMIT @limit";
        Bind(select, "@run", run);
        Bind(select, "@from", from);
        Bind(select, "@limit", limit);
        return Rows(select);
    }

    private static List<StepRow> ReadLast(DbConnection connection, string run, int limit)
    {
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT payload FROM step_rows WHERE run = @run ORDER BY step DESC LIMIT @limit";
        Bind(select, "@run", run);
        Bind(select, "@limit", limit);
        var rows = Rows(select);
        rows.Reverse();
        return rows;
    }

    private static List<StepRow> Rows(DbCommand select)
    {
        using var reader = select.ExecuteReader();
        var rows = new List<StepRow>();
        while (reader.Read())
        {
            rows.Add(MessagePackSerializer.Deserialize<StepRow>((byte[])reader[0]));
        }

        return rows;
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private sealed record Work(
        string Run,
        IReadOnlyList<StepRow> Rows,
        (long From, long Generation)? Forget,
        TaskCompletionSource<RowsAppended> Done
    );
}
