using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Orchestrator.Pretraining.Evaluation.Sharing;

/// <summary>
/// Which piece of a stage this worker computes next: first one that nobody is at, each worker beginning at another place; where others are at all that are left, it waits
/// for them, and takes over what its worker has said nothing of for a lease. So the last pieces are waited for and not computed twice, and a dead worker costs one lease.
/// </summary>
/// <param name="folder">Where pieces are shared.</param>
/// <param name="prefix">Of the stage's pieces.</param>
/// <param name="lease">A claim that is not renewed for so long is given up.</param>
/// <param name="reports">Whether this worker goes on where the folder is taken away.</param>
internal sealed class PieceQueue(PieceFolder folder, string prefix, ISharedStage stage, TimeSpan lease, bool reports)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Nobody is known to be at them.</summary>
    private readonly ConcurrentQueue<int> open = new(From(stage.Count, folder.Worker));

    /// <summary>Others are at them: what a claim's time was when it was seen first, and when that was.</summary>
    private readonly ConcurrentDictionary<int, (DateTime? At, long Since)> elsewhere = [];

    public string Name(int piece) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{piece:00000}");

    /// <summary>A piece to compute, which this worker has claimed; null once none is left for this thread.</summary>
    /// <param name="others">Takes the names of those whose pieces are used.</param>
    /// <exception cref="OperationCanceledException">Or the evaluation is over.</exception>
    public int? Take(ConcurrentDictionary<string, byte> others, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!reports && !folder.IsOpen)
            {
                throw new OperationCanceledException("the evaluation is over");
            }

            if (open.TryDequeue(out var piece))
            {
                if (IsLoaded(piece, others))
                {
                    continue;
                }

                if (folder.Claim(Name(piece)))
                {
                    return piece;
                }

                elsewhere[piece] = (folder.ClaimedAt(Name(piece)), Stopwatch.GetTimestamp());
            }
            else if (elsewhere.IsEmpty)
            {
                // What other threads of this worker compute they bring in themselves.
                return null;
            }
            else if (Left(others) is { } left)
            {
                folder.Renew(Name(left));
                return left;
            }
            else if (open.IsEmpty)
            {
                cancellation.WaitHandle.WaitOne(Look);
            }
        }
    }

    /// <summary>Takes in what has come from elsewhere; a piece that its worker has left, if there is one.</summary>
    private int? Left(ConcurrentDictionary<string, byte> others)
    {
        foreach (var piece in elsewhere.Keys.Order())
        {
            if (!elsewhere.TryRemove(piece, out var claim))
            {
                // Another thread of this worker looks after it.
                continue;
            }

            var at = folder.ClaimedAt(Name(piece));
            if (IsLoaded(piece, others))
            {
                continue;
            }

            if (at is null || (at == claim.At && Stopwatch.GetElapsedTime(claim.Since) >= lease))
            {
                return piece;
            }

            elsewhere[piece] = at == claim.At ? claim : (at, Stopwatch.GetTimestamp());
        }

        return null;
    }

    private bool IsLoaded(int piece, ConcurrentDictionary<string, byte> others)
    {
        if (folder.Read(Name(piece)) is not { } found)
        {
            return false;
        }

        try
        {
            stage.Load(piece, found.Saved);
        }
        catch (InvalidDataException)
        {
            // Not this stage's: it is computed, and written over.
            return false;
        }

        if (found.Worker != folder.Worker)
        {
            others.TryAdd(found.Worker, 0);
        }

        return true;
    }

    private static IEnumerable<int> From(int count, string worker)
    {
        var first = count == 0 ? 0 : (int)(XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(worker)) % (ulong)count);
        return Enumerable.Range(0, count).Select(i => (first + i) % count);
    }
}
