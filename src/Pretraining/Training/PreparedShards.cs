using System.Runtime.ExceptionServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Makes the views of a rank's shards ahead of the steps that need them, on threads of its own, into a bounded number of buffers. What is made
/// is a function of step and shard, so how far ahead, by how many threads and in which order does not show. Without threads a shard is made
/// when it is taken. The owner aims it at each generation's shards; what is ready and still wanted is kept.
/// </summary>
public sealed class PreparedShards : IDisposable
{
    private static readonly TimeSpan AbortCheck = TimeSpan.FromMilliseconds(100);
    private readonly object gate = new();
    private readonly IShardSource source;
    private readonly Func<ShardViews> create;
    private readonly int ahead;
    private readonly long end;
    private readonly Thread[] threads;
    private readonly Stack<ShardViews> free = [];
    private readonly HashSet<ShardKey> underWay = [];
    private readonly Dictionary<ShardKey, Prepared> ready = [];

    // Begun before the aim, and still ahead of the line: not made again when its turn comes.
    private readonly HashSet<ShardKey> begunEarlier = [];
    private int buffers;
    private ShardKey first;
    private long next;
    private int count;
    private bool disposing;

    /// <param name="source">Makes the views; disposed with this. Its thread numbers are the preparing threads' and one more, or without any those of the callers of <see cref="Take"/>.</param>
    /// <param name="create">An empty buffer.</param>
    /// <param name="threadCount">Preparing threads; 0: none.</param>
    /// <param name="ahead">Shards that may be ready or under way beyond those of one step, 0 or more.</param>
    /// <param name="end">The run's steps: nothing is made for later ones.</param>
    /// <param name="name">Of the run, for thread names.</param>
    public PreparedShards(IShardSource source, Func<ShardViews> create, int threadCount, int ahead, long end, string name)
    {
        (this.source, this.create, this.ahead, this.end) = (source, create, ahead, end);
        threads =
        [
            .. Enumerable.Range(0, threadCount).Select(t => new Thread(() => Work(t)) { IsBackground = true, Name = $"{name}-data-{t}" }),
        ];
        foreach (var thread in threads)
        {
            thread.Start();
        }
    }

    /// <summary>Buffers that exist now: at most those of one step and those ahead.</summary>
    public int Buffers
    {
        get
        {
            lock (gate)
            {
                return buffers;
            }
        }
    }

    /// <summary>From now on these shards are made, from this step on; call with every buffer returned.</summary>
    public void Aim(ShardRange range, long step)
    {
        lock (gate)
        {
            (first, count, next) = (new ShardKey(step, range.Start), range.Count, 0);
            foreach (var (key, prepared) in ready.ToArray())
            {
                // What failed is tried again. What is far back in the line is given up: the first of the line must find a buffer.
                if (!InWindow(key) || prepared.Failure is not null)
                {
                    ready.Remove(key);
                    Keep(prepared.Views);
                }
            }

            begunEarlier.Clear();
            begunEarlier.UnionWith(ready.Keys);
            begunEarlier.UnionWith(underWay.Where(InWindow));
            while (buffers > count + ahead && free.TryPop(out var spare))
            {
                buffers--;
                spare.Dispose();
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>The views of a shard of the aimed-at steps; waits for them, and they are the caller's until <see cref="Return"/>.</summary>
    /// <param name="thread">Of the caller, from 0.</param>
    /// <param name="check">Called while waiting; throws when the step is to be given up.</param>
    public ShardViews Take(long step, int shard, int thread, Action check)
    {
        var key = new ShardKey(step, shard);
        if (threads.Length == 0)
        {
            return MakeNow(key, thread);
        }

        lock (gate)
        {
            while (true)
            {
                check();
                if (ready.Remove(key, out var prepared))
                {
                    prepared.Failure?.Throw();
                    return prepared.Views!;
                }

                ObjectDisposedException.ThrowIf(disposing, this);
                Monitor.Wait(gate, AbortCheck);
            }
        }
    }

    /// <summary>The views of a shard beside those that are aimed at, made now on the calling thread; one caller at a time. They are the caller's until <see cref="Return"/>.</summary>
    /// <param name="thread">Of the caller, from 0.</param>
    public ShardViews TakeOther(long step, int shard, int thread) =>
        // The number after the preparing threads' is free: theirs are busy, and callers' are none of the source's.
        MakeNow(new ShardKey(step, shard), threads.Length == 0 ? thread : threads.Length);

    /// <summary>Gives a buffer back.</summary>
    public void Return(ShardViews views)
    {
        lock (gate)
        {
            Keep(views);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends the threads, each after the shard that it makes, and frees every buffer that was returned.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposing = true;
            Monitor.PulseAll(gate);
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        foreach (var views in free.Concat(ready.Values.Select(prepared => prepared.Views).OfType<ShardViews>()))
        {
            views.Dispose();
        }

        free.Clear();
        ready.Clear();
        (source as IDisposable)?.Dispose();
    }

    private ShardViews MakeNow(ShardKey key, int thread)
    {
        ShardViews views;
        lock (gate)
        {
            views = Buffer();
        }

        try
        {
            Fill(key, thread, views);
            return views;
        }
        catch
        {
            Return(views);
            throw;
        }
    }

    private void Work(int thread)
    {
        while (true)
        {
            ShardKey key;
            ShardViews views;
            lock (gate)
            {
                while (!disposing && !FindNext())
                {
                    Monitor.Wait(gate);
                }

                if (disposing)
                {
                    return;
                }

                key = KeyAt(next++);
                underWay.Add(key);
                views = Buffer();
            }

            ExceptionDispatchInfo? failure = null;
            try
            {
                Fill(key, thread, views);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            lock (gate)
            {
                underWay.Remove(key);
                // Begun for another aim and far back in the line of this one: its buffer may be the one that the first of the line waits for.
                var wanted = Wanted(key) && (PositionOf(key) < next || begunEarlier.Contains(key));
                if (failure is not null || !wanted)
                {
                    Keep(views);
                }

                if (wanted)
                {
                    ready[key] = failure is null ? new Prepared(views, null) : new Prepared(null, failure);
                }

                Monitor.PulseAll(gate);
            }
        }
    }

    private void Fill(ShardKey key, int thread, ShardViews views)
    {
        views.Damaged.Clear();
        views.MaskedCount = source.Fill(key.Step, key.Shard, thread, views);
    }

    /// <summary>Moves on to the next shard that nobody has or makes; false when there is none, or no buffer for it.</summary>
    private bool FindNext()
    {
        if (count == 0)
        {
            return false;
        }

        while (begunEarlier.Remove(KeyAt(next)) || underWay.Contains(KeyAt(next)))
        {
            next++;
        }

        return KeyAt(next).Step < end && (free.Count > 0 || buffers < count + ahead);
    }

    private ShardKey KeyAt(long position) => new(first.Step + (position / count), first.Shard + (int)(position % count));

    private long PositionOf(ShardKey key) => ((key.Step - first.Step) * count) + (key.Shard - first.Shard);

    private bool InWindow(ShardKey key) => Wanted(key) && PositionOf(key) < count + ahead;

    private bool Wanted(ShardKey key) => key.Step >= first.Step && key.Shard >= first.Shard && key.Shard < first.Shard + count;

    private ShardViews Buffer()
    {
        if (free.TryPop(out var views))
        {
            return views;
        }

        buffers++;
        return create();
    }

    /// <summary>Keeps a buffer for later, or frees it when there are more than this generation needs.</summary>
    private void Keep(ShardViews? views)
    {
        if (views is null)
        {
            return;
        }

        if (buffers > count + ahead || disposing)
        {
            buffers--;
            views.Dispose();
        }
        else
        {
            free.Push(views);
        }
    }

    private readonly record struct ShardKey(long Step, int Shard);

    private sealed record Prepared(ShardViews? Views, ExceptionDispatchInfo? Failure);
}
