using System.Diagnostics;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Worker.Ranks;

/// <summary>
/// Orders from the agent to the rank thread, behind one lock. Orders to stop also interrupt what the rank is blocked in.
/// The order of precedence is: end, release, stop, form, follow, serve, write.
/// </summary>
internal sealed class RankMailbox
{
    private readonly object gate = new();
    private Action<string>? interrupt;
    private StopRank? stop;
    private FormRank? form;
    private FollowRank? follow;
    private ServeCopies? serve;
    private RequestCheckpoint? write;
    private ReleaseRank? release;
    private long started;
    private bool ended;

    /// <summary>An order for the rank at rest.</summary>
    public AgentEffect? Next()
    {
        lock (gate)
        {
            while (true)
            {
                AgentEffect? next = ended ? null : release ?? stop ?? form ?? follow ?? serve ?? (AgentEffect?)write;
                if (ended || next is not null)
                {
                    Take(next);
                    return next;
                }

                Monitor.Wait(gate);
            }
        }
    }

    public void Post(AgentEffect order)
    {
        lock (gate)
        {
            switch (order)
            {
                case StopRank o:
                    // A generation that was not begun is below the new promise: it must not be.
                    (stop, form, follow, serve) = (o, null, null, null);
                    if (o.StopAfterStep is null)
                    {
                        interrupt?.Invoke($"promised generation {o.Number}");
                    }

                    break;
                case FormRank o:
                    form = o;
                    break;
                case FollowRank o:
                    follow = o;
                    break;
                case ServeCopies o:
                    serve = o;
                    break;
                case StartRank o:
                    started = Math.Max(started, o.Generation);
                    break;
                case RequestCheckpoint o:
                    write = o;
                    break;
                case ReleaseRank o:
                    (release, stop, form, follow, serve, write, started) = (o, null, null, null, null, null, 0);
                    interrupt?.Invoke("the run is left");
                    break;
            }

            Monitor.PulseAll(gate);
        }
    }

    public void End()
    {
        lock (gate)
        {
            ended = true;
            interrupt?.Invoke("the worker ends");
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>From here until <see cref="Leave"/> an order to stop calls the action; false when there is one already.</summary>
    public bool Enter(Action<string> interruption)
    {
        lock (gate)
        {
            if (MustStopNow())
            {
                return false;
            }

            interrupt = interruption;
            return true;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            interrupt = null;
        }
    }

    /// <summary>Runs an action that the interruption must see whole.</summary>
    /// <exception cref="StepStoppedException">There is an order to stop.</exception>
    public void Publish(Action action)
    {
        lock (gate)
        {
            action();
            if (MustStopNow())
            {
                throw new StepStoppedException("asked to stop");
            }
        }
    }

    /// <summary>Whether a rank with so many completed steps goes no further.</summary>
    public bool MustStop(long completed)
    {
        lock (gate)
        {
            return MustStopNow() || stop?.StopAfterStep <= completed;
        }
    }

    /// <summary>Whether the rank was interrupted by an order.</summary>
    public bool Interrupted => MustStop(-1);

    /// <summary>Waits for the generation's Start, at most so long.</summary>
    /// <exception cref="StepStoppedException">There is an order to stop.</exception>
    public void AwaitStart(long generation, TimeSpan grace)
    {
        lock (gate)
        {
            for (var since = Stopwatch.GetTimestamp(); !MustStopNow() && started < generation; )
            {
                var left = grace - Stopwatch.GetElapsedTime(since);
                if (left <= TimeSpan.Zero || !Monitor.Wait(gate, left))
                {
                    break;
                }
            }

            if (MustStopNow())
            {
                throw new StepStoppedException("asked to stop");
            }
        }
    }

    /// <summary>Waits for an order that a rank with so many completed steps can follow, at most so long.</summary>
    public void AwaitOrder(long completed, TimeSpan atMost)
    {
        lock (gate)
        {
            if (!MustStopNow() && stop is null && !(write?.MinimumStep <= completed))
            {
                Monitor.Wait(gate, atMost);
            }
        }
    }

    /// <summary>The checkpoint that was asked for, if the state has come that far.</summary>
    public RequestCheckpoint? TakeWrite(long completed)
    {
        lock (gate)
        {
            var due = write?.MinimumStep <= completed ? write : null;
            write = due is null ? write : null;
            return due;
        }
    }

    private bool MustStopNow() => ended || release is not null || stop is { StopAfterStep: null };

    private void Take(AgentEffect? order)
    {
        switch (order)
        {
            case ReleaseRank:
                release = null;
                break;
            case StopRank:
                stop = null;
                break;
            case FormRank:
                form = null;
                break;
            case FollowRank:
                follow = null;
                break;
            case ServeCopies:
                serve = null;
                break;
            case RequestCheckpoint:
                write = null;
                break;
        }
    }
}
