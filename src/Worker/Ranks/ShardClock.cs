using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Ranks;

/// <summary>
/// How long this rank's shards take, over the last steps of its generation. Only what it computes by itself counts: with the time that it waits
/// for its peers in, all ranks would look alike. Owned by the rank thread; others read <see cref="Newest"/>.
/// </summary>
public sealed class ShardClock
{
    private static readonly string[] OwnPhases = ["data", "forward", "backward"];
    private readonly Queue<double> seconds = new();
    private int window = 1;
    private int shards = 1;
    private int threads = 1;
    private ShardTime? newest;

    /// <summary>After the last step; null before any.</summary>
    public ShardTime? Newest => Volatile.Read(ref newest);

    /// <summary>A generation begins: steps of another one, with other shards, do not count.</summary>
    /// <param name="steps">Length of the window.</param>
    /// <param name="ownShards">Shards of this rank.</param>
    /// <param name="shardThreads">How many it computes side by side.</param>
    public void Begin(int steps, int ownShards, int shardThreads)
    {
        Clear();
        (window, shards, threads) = (steps, ownShards, shardThreads);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        seconds.Clear();
        Volatile.Write(ref newest, null);
    }

    /// <summary>Takes a completed step.</summary>
    /// <returns>Seconds of one shard on one thread in it.</returns>
    public double Add(StepRow row)
    {
        // A phase's time is the mean over the threads: see StepTimer.
        var own = OwnPhases.Sum(phase => row.Phases.GetValueOrDefault(phase)) * threads / shards;
        seconds.Enqueue(own);
        while (seconds.Count > window)
        {
            seconds.Dequeue();
        }

        var sorted = seconds.Order().ToArray();
        Volatile.Write(ref newest, new ShardTime(sorted[sorted.Length / 2], threads, sorted.Length));
        return own;
    }
}
