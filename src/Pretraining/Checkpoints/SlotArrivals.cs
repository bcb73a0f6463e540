namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>
/// Which parts of a state are there, while they come one after another and another thread hashes them. Whoever waits goes on when a part cannot
/// come: what it then makes of it counts for nothing.
/// </summary>
public sealed class SlotArrivals(IEnumerable<string> names)
{
    private readonly HashSet<string> missing = new(names, StringComparer.Ordinal);
    private readonly object gate = new();

    /// <summary>Carries out what brings a part. Where it fails, nobody waits for any part any more, and the failure is thrown.</summary>
    public void Bring(string name, Action bring)
    {
        try
        {
            bring();
            Leave(set => set.Remove(name));
        }
        catch
        {
            Leave(set => set.Clear());
            throw;
        }
    }

    /// <summary>Returns when the part is there, or none will come. Who brings it bounds the wait: it has the deadline.</summary>
    public void Await(string name)
    {
        lock (gate)
        {
            while (missing.Contains(name))
            {
                Monitor.Wait(gate);
            }
        }
    }

    private void Leave(Action<HashSet<string>> change)
    {
        lock (gate)
        {
            change(missing);
            Monitor.PulseAll(gate);
        }
    }
}
