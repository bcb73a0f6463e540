namespace Orchestrator.Coordinator.Scheduling;

/// <summary>
/// Whose turn it is: growth after all that wait; the higher priority with age first; of equal ones the owner with the smaller share, which grows as
/// workers are given away; of one owner in order of submission. Not thread safe.
/// </summary>
internal sealed class QueueOrder
{
    private readonly FairShares shares;
    private readonly Queue<QueuedDemand[]> classes;
    private readonly PriorityQueue<Queue<QueuedDemand>, (double User, double Project, long Submitted, int Place)> owners = new();

    // By place in the list, the last word where nothing else decides.
    private readonly Dictionary<QueuedDemand, int> places;

    public QueueOrder(SchedulingSnapshot snapshot, FairShares shares)
    {
        this.shares = shares;
        places = new Dictionary<QueuedDemand, int>(snapshot.Queue.Count, ReferenceEqualityComparer.Instance);
        foreach (var queued in snapshot.Queue)
        {
            places.TryAdd(queued, places.Count);
        }

        int Priority(QueuedDemand q) => q.Priority + (q.WaitsSince is { } since ? snapshot.Policy.Ageing(snapshot.Now - since) : 0);
        classes = new(
            snapshot
                .Queue.GroupBy(q => (Grows: q.Demand.Kind == DemandKind.Growth, Priority: Priority(q)))
                .OrderBy(g => g.Key.Grows)
                .ThenByDescending(g => g.Key.Priority)
                .Select(g => g.ToArray())
        );
    }

    /// <summary>The next one; null when all have had their turn.</summary>
    public QueuedDemand? Next()
    {
        while (owners.Count == 0)
        {
            if (!classes.TryDequeue(out var equal))
            {
                return null;
            }

            foreach (var owner in equal.GroupBy(q => q.Owner))
            {
                Enter(new(owner.OrderBy(q => q.Submitted).ThenBy(q => places[q])));
            }
        }

        while (true)
        {
            owners.TryDequeue(out var queue, out var key);
            var first = queue!.Peek();
            // Shares only grow, so one that was overtaken meanwhile is put back to its place.
            if (key.CompareTo(Key(first)) < 0)
            {
                Enter(queue);
                continue;
            }

            queue.Dequeue();
            if (queue.Count > 0)
            {
                Enter(queue);
            }

            return first;
        }
    }

    private void Enter(Queue<QueuedDemand> queue) => owners.Enqueue(queue, Key(queue.Peek()));

    private (double User, double Project, long Submitted, int Place) Key(QueuedDemand first)
    {
        var (user, project) = shares.Of(first.Owner);
        return (user, project, first.Submitted, places[first]);
    }
}
