using System.Diagnostics;
using System.Runtime.ExceptionServices;
using TorchSharp;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Dedicated threads with one torch thread each, run by one control thread in fork-join phases. Inside a phase a thread takes the next item
/// and waits for nobody, so nothing can hang; which thread computes an item does not show in its bits.
/// </summary>
public sealed class ShardGang : IDisposable
{
    private readonly Thread[] threads;
    private readonly SemaphoreSlim[] starts;
    private readonly CountdownEvent done = new(1);
    private Action<int, int>? body;
    private Action<bool>? back;
    private int working;
    private int items;
    private int next;
    private bool disposing;
    private ExceptionDispatchInfo? failure;
    private volatile string? abortReason;

    /// <summary>Starts the threads; they sleep until a phase.</summary>
    public ShardGang(int threadCount, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threadCount);
        starts = [.. Enumerable.Range(0, threadCount).Select(_ => new SemaphoreSlim(0))];
        threads =
        [
            .. Enumerable.Range(0, threadCount).Select(t => new Thread(() => Work(t)) { IsBackground = true, Name = $"{name}-shards-{t}" }),
        ];
        foreach (var thread in threads)
        {
            thread.Start();
        }
    }

    public int ThreadCount => threads.Length;

    /// <summary>When the last thread was back from the last phase, of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long BackSince { get; private set; }

    /// <summary>Makes a running phase stop before its next items, and later phases throw <see cref="StepAbortedException"/>.</summary>
    public void Abort(string reason) => abortReason = reason;

    public void ClearAbort() => abortReason = null;

    public void ThrowIfAborted()
    {
        if (abortReason is { } reason)
        {
            throw new StepAbortedException(reason);
        }
    }

    /// <summary>Runs <paramref name="action"/>(thread, item) for each item; returns when all threads are back; rethrows the first failure.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="action">Thread index (to find its replica) and item.</param>
    /// <param name="abortable">False for a commit, which runs to its end once begun.</param>
    /// <param name="meanwhile">Run on the calling thread while the threads work; its failure stops them before their next items.</param>
    /// <param name="whenBack">
    /// Called by the last thread that is back, so that <paramref name="meanwhile"/> does not wait for what will not come: whether every item was done. May not throw.
    /// </param>
    public void ForEach(int count, Action<int, int> action, bool abortable = true, Action? meanwhile = null, Action<bool>? whenBack = null)
    {
        if (abortable)
        {
            ThrowIfAborted();
        }

        body = action;
        back = whenBack;
        working = threads.Length;
        items = count;
        next = 0;
        failure = null;
        Abortable = abortable;
        done.Reset(threads.Length);
        foreach (var start in starts)
        {
            start.Release();
        }

        try
        {
            meanwhile?.Invoke();
        }
        catch (Exception e)
        {
            Fail(e);
        }

        done.Wait();
        body = null;
        failure?.Throw();
        if (abortable)
        {
            ThrowIfAborted();
        }
    }

    public void Dispose()
    {
        disposing = true;
        foreach (var start in starts)
        {
            start.Release();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        foreach (var start in starts)
        {
            start.Dispose();
        }

        done.Dispose();
    }

    private bool Abortable { get; set; }

    private void Work(int thread)
    {
        // Of the calling thread: 1 and 2 torch threads give other bits.
        torch.set_num_threads(1);
        while (true)
        {
            starts[thread].Wait();
            if (disposing)
            {
                return;
            }

            try
            {
                while (
                    failure is null
                    && !(Abortable && abortReason is not null)
                    && Interlocked.Increment(ref next) - 1 is var item
                    && item < items
                )
                {
                    body!(thread, item);
                }
            }
            catch (Exception e)
            {
                Fail(e);
            }

            if (Interlocked.Decrement(ref working) == 0)
            {
                BackSince = Stopwatch.GetTimestamp();
                back?.Invoke(failure is null && next >= items);
            }

            done.Signal();
        }
    }

    // The first failure stands.
    private void Fail(Exception e) => Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
}
