using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>
/// Lets workers follow a generation that trains: each gets a copy of the state as it is at the next step's boundary, and from then on what every step
/// commits. The rank copies memory and waits for nobody; sending is the connections' threads' work. Who falls too far behind is dropped.
/// </summary>
internal sealed class FollowServer : IDisposable
{
    public const string Service = "follow";

    // A follower opens its data before it comes, so this is time for the state's way; and at least a few steps, however large they are.
    private const long MostWaitingBytes = 512L << 20;
    private const int LeastWaitingSteps = 4;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(1);

    private readonly object gate = new();
    private readonly List<Follower> followers = [];
    private readonly GenerationRecord record;
    private readonly Action<long> partSent;
    private readonly IDisposable registration;
    private long latest;
    private bool closed;

    /// <param name="partSent">Called after each chunk of a state, with its step.</param>
    public FollowServer(
        FrameListener listener,
        GenerationRecord record,
        byte[] secret,
        TimeSpan deadline,
        IFrameTraffic traffic,
        Action<long> partSent
    )
    {
        (this.record, this.partSent) = (record, partSent);
        registration = listener.RegisterService(record.Run, record.Number, secret, Serve, Service, deadline, traffic);
    }

    /// <summary>Between two steps, on the rank thread: whoever has come since gets the state as it is now.</summary>
    public void AtBoundary(IRankState state)
    {
        lock (gate)
        {
            latest = state.Step;
            foreach (var follower in followers.Where(f => !f.Attached))
            {
                follower.Snapshot = state.CreateLike();
                follower.Snapshot.CopyFrom(state);
                follower.Attached = true;
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>On the rank thread, within a commit.</summary>
    public void Take(CommittedStep committed)
    {
        lock (gate)
        {
            latest = committed.Step + 1;
            if (!followers.Exists(f => f.Attached && !f.Dropped))
            {
                return;
            }

            var copy = CommitCopy.Of(committed, record.Number);
            foreach (var follower in followers.Where(f => f.Attached && !f.Dropped))
            {
                follower.Dropped = follower.Waiting + copy.Bytes > Math.Max(MostWaitingBytes, LeastWaitingSteps * copy.Bytes);
                if (!follower.Dropped)
                {
                    follower.Add(copy);
                }
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Takes no new followers. Those that are there still get what was committed; their threads do the rest.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            Monitor.PulseAll(gate);
            if (followers.Count > 0)
            {
                return;
            }
        }

        registration.Dispose();
    }

    private void Serve(FrameConnection connection)
    {
        FollowStream.AwaitRequest(connection);
        var follower = new Follower();
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            followers.Add(follower);
        }

        try
        {
            Serve(connection, follower);
        }
        finally
        {
            Leave(follower);
        }
    }

    private void Serve(FrameConnection connection, Follower follower)
    {
        while (Next(connection, follower) is { } next)
        {
            if (next.Snapshot is { } snapshot)
            {
                using (snapshot)
                {
                    StateTransfer.SendState(connection, snapshot, snapshot.Digest(), () => partSent(snapshot.Step));
                }

                FollowStream.KeepAlive(connection, Latest);
            }
            else
            {
                FollowStream.SendStep(connection, next.Step!, next.Latest);
            }
        }
    }

    /// <summary>What comes next for a follower; null when there is no more. While it waits, the connection is kept alive.</summary>
    private Due? Next(FrameConnection connection, Follower follower)
    {
        while (true)
        {
            lock (gate)
            {
                if (follower.Dropped)
                {
                    return null;
                }

                if (follower.Snapshot is { } snapshot)
                {
                    follower.Snapshot = null;
                    return new Due(snapshot, null, latest);
                }

                if (follower.HasSteps)
                {
                    return new Due(null, follower.Take(), latest);
                }

                if (closed || (!Monitor.Wait(gate, KeepAlive) && closed))
                {
                    return null;
                }

                if (follower.Snapshot is not null || follower.HasSteps || follower.Dropped)
                {
                    continue;
                }
            }

            FollowStream.KeepAlive(connection, Latest);
        }
    }

    private long Latest
    {
        get
        {
            lock (gate)
            {
                return latest;
            }
        }
    }

    private void Leave(Follower follower)
    {
        bool last;
        lock (gate)
        {
            followers.Remove(follower);
            follower.Snapshot?.Dispose();
            last = closed && followers.Count == 0;
        }

        if (last)
        {
            registration.Dispose();
        }
    }

    private sealed record Due(IRankState? Snapshot, CommitCopy? Step, long Latest);
}
