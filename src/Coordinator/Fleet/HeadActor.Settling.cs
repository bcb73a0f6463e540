namespace Orchestrator.Coordinator.Fleet;

// What follows from all runs and all workers together: who gets whom, and what the API shows of the fleet. It costs a look at each of them, and a thousand
// workers speak a thousand times a second, so it is done once for all that comes within a moment.
public sealed partial class HeadActor
{
    /// <summary>Least time from one look to the next, but for a run that forms while somebody is idle.</summary>
    public static readonly TimeSpan SettleEvery = TimeSpan.FromMilliseconds(100);

    private long settledAt;
    private bool isSettling;

    /// <summary>At once, unless that was done a moment ago: then when the moment is over.</summary>
    private void Settle()
    {
        if (isSettling)
        {
            return;
        }

        var since = parts.Time.GetElapsedTime(settledAt);
        if (since >= SettleEvery)
        {
            SettleNow();
        }
        else
        {
            isSettling = true;
            Timers.StartSingleTimer("settle", SettleDue.Instance, SettleEvery - since);
        }
    }

    private void SettleNow()
    {
        (isSettling, settledAt) = (false, parts.Time.GetTimestamp());
        parts.Metrics.ShowRuns(book.Count);
        if (book.IsComplete && parts.Sweeps.IsComplete && !IsInDoubt)
        {
            parts.Gateway.Open(Self);
        }

        Place();
        PublishWorkers();
    }

    private void PublishWorkers()
    {
        var views = fleet.Views(Now, book.Ranks, book.Misfits(fleet.Schedulable(Now), Now));
        parts.Metrics.ShowWorkers(views);
        parts.Board.PublishWorkers(views);
    }

    private sealed record SettleDue
    {
        public static readonly SettleDue Instance = new();
    }
}
