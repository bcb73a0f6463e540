using System.Collections.Concurrent;
using System.Globalization;
using Orchestrator.Pretraining.Training;

namespace Orchestrator.Pretraining.Evaluation.Sharing;

/// <summary>
/// One evaluation, computed by several workers at once: each goes through the same stages and computes the pieces that nobody has computed yet, so any may come,
/// leave or die at any time, and every one that stays to the end has the whole result. Whose piece it is does not show in it.
/// </summary>
/// <param name="folder">Where pieces are shared; null: this worker computes all of them itself.</param>
/// <param name="reports">Whether this worker reports the evaluation; another one ends where the folder is taken away.</param>
/// <param name="lease">A claim that is not renewed for so long is given up; null: half a minute.</param>
public sealed class SharedWork(PieceFolder? folder, bool reports, TimeSpan? lease = null) : IDisposable
{
    private readonly TimeSpan lease = lease ?? TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, byte> claimed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> others = new(StringComparer.Ordinal);
    private readonly ManualResetEventSlim over = new();
    private Thread? renewal;
    private int stages;

    /// <summary>One worker by itself.</summary>
    public static SharedWork Alone() => new(null, reports: true);

    /// <summary>Other workers whose pieces were used, in order.</summary>
    public IReadOnlyList<string> Helpers => [.. others.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Goes through a stage; when it returns, this worker has every piece.</summary>
    /// <param name="name">Of the stage. Stages come in one order on all workers.</param>
    /// <param name="gang">Computes pieces side by side; null: one after another on the calling thread.</param>
    /// <exception cref="OperationCanceledException">Or the evaluation that this worker helped with is over.</exception>
    public void Run(string name, ISharedStage stage, ShardGang? gang, CancellationToken cancellation)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{++stages:000}-{name}");
        if (folder is null)
        {
            ForEach(gang, stage.Count, Compute);
            return;
        }

        BeginRenewal();
        var pieces = new PieceQueue(folder, prefix, stage, lease, reports);
        ForEach(gang, gang?.ThreadCount ?? 1, (thread, _) => Work(pieces, stage, thread, cancellation));

        void Compute(int thread, int piece)
        {
            cancellation.ThrowIfCancellationRequested();
            stage.Compute(thread, piece, cancellation);
        }
    }

    public void Dispose()
    {
        over.Set();
        renewal?.Join();
        over.Dispose();
    }

    private void BeginRenewal()
    {
        if (renewal is null)
        {
            // A thread of its own: a pool that is busy must not make others take this worker for dead.
            renewal = new Thread(Renew) { IsBackground = true, Name = "claims" };
            renewal.Start();
        }
    }

    private void Work(PieceQueue pieces, ISharedStage stage, int thread, CancellationToken cancellation)
    {
        while (pieces.Take(others, cancellation) is { } piece)
        {
            var name = pieces.Name(piece);
            claimed.TryAdd(name, 0);
            try
            {
                stage.Compute(thread, piece, cancellation);
                folder!.Write(name, stage.Save(piece));
            }
            catch
            {
                // Another one need not wait for it.
                folder!.Release(name);
                throw;
            }
            finally
            {
                claimed.TryRemove(name, out _);
            }
        }
    }

    private void Renew()
    {
        while (!over.Wait(lease / 10))
        {
            foreach (var name in claimed.Keys)
            {
                folder!.Renew(name);
            }
        }
    }

    private static void ForEach(ShardGang? gang, int count, Action<int, int> action)
    {
        if (gang is not null)
        {
            gang.ForEach(count, action);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            action(0, i);
        }
    }
}
