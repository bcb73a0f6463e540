using System.Diagnostics;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Checkpoints;

/// <summary>
/// Copies a rank's state on a thread of its own while the next step is computed: a step only reads the state until its commit, which waits for the
/// copy. It touches memory alone, never storage, so that wait is short. One copy at a time; its memory is kept for the next of the run.
/// </summary>
internal sealed class StateCopier : IDisposable
{
    // A copy takes memory's time: who waits longer waits for a machine that does nothing any more.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);
    private readonly object gate = new();
    private readonly Thread thread;
    private Work? work;
    private IRankState? spare;
    private string? spareRun;
    private bool ended;

    public StateCopier()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "checkpoint-copy" };
        thread.Start();
    }

    /// <summary>Begins a copy; the one before it has ended, and nobody uses it any more. Never blocks.</summary>
    /// <param name="copied">Gets the copy and the time that it took, on the copier's thread.</param>
    /// <param name="failed">Told why there is none, on the copier's thread.</param>
    public void Begin(string run, IRankState state, Action<IRankState, TimeSpan> copied, Action<Exception> failed)
    {
        lock (gate)
        {
            work = new Work(run, state, copied, failed);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Returns once no copy reads a rank's state any more.</summary>
    /// <exception cref="TimeoutException">A copy has not ended within two minutes.</exception>
    public void Await()
    {
        lock (gate)
        {
            for (var since = Stopwatch.GetTimestamp(); work is { } open; )
            {
                var left = Patience - Stopwatch.GetElapsedTime(since);
                if (left <= TimeSpan.Zero || !Monitor.Wait(gate, left))
                {
                    throw new TimeoutException(
                        $"run {open.Run}: the state has not been copied for its checkpoint within {Patience.TotalSeconds:0} s"
                    );
                }
            }
        }
    }

    /// <summary>Frees a run's copy, which nobody uses any more.</summary>
    /// <param name="run">Null: whichever it is of.</param>
    public void Forget(string? run)
    {
        lock (gate)
        {
            if (work is null && (run is null || spareRun == run))
            {
                spare?.Dispose();
                (spare, spareRun) = (null, null);
            }
        }
    }

    /// <summary>Ends the thread; the last copy stays, for storage may still read it.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            ended = true;
            Monitor.PulseAll(gate);
        }

        thread.Join(EndPatience);
    }

    private void Run()
    {
        while (true)
        {
            Work next;
            lock (gate)
            {
                while (work is null && !ended)
                {
                    Monitor.Wait(gate);
                }

                if (work is null)
                {
                    return;
                }

                next = work;
            }

            Copy(next);
        }
    }

    private void Copy(Work next)
    {
        var begun = Stopwatch.GetTimestamp();
        Exception? problem = null;
        try
        {
            if (spareRun != next.Run)
            {
                spare?.Dispose();
                (spare, spareRun) = (null, null);
                (spare, spareRun) = (next.State.CreateLike(), next.Run);
            }

            spare!.CopyFrom(next.State);
        }
        catch (Exception e)
        {
            problem = e;
        }

        var took = Stopwatch.GetElapsedTime(begun);
        lock (gate)
        {
            work = null;
            Monitor.PulseAll(gate);
        }

        if (problem is null)
        {
            next.Copied(spare!, took);
        }
        else
        {
            next.Failed(problem);
        }
    }

    private sealed record Work(string Run, IRankState State, Action<IRankState, TimeSpan> Copied, Action<Exception> Failed);
}
