using System.Diagnostics;
using Orchestrator.Collectives.Devices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// One rank of the communicator of one generation. It does not block inside NCCL: it asks how things stand until they are done, their deadline is over, or
/// somebody aborts. Whatever fails, the communicator is aborted (ncclCommAbort) and the stream has come to rest before the exception leaves, and the
/// communicator is of no use any more. One thread exchanges; Abort may come from any.
/// </summary>
public sealed class NcclCommunicator : IDisposable
{
    // How often a wait looks at what lies outside of NCCL, how long it stays awake before that, and how long it sleeps then.
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AwakeFor = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Doze = TimeSpan.FromMilliseconds(1);

    // An aborted kernel leaves at once; where it takes longer than this, something else is wrong with the device.
    private static readonly TimeSpan RestDeadline = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly ManualResetEventSlim over = new();
    private readonly NcclLibrary library;
    private readonly NcclMembership membership;
    private readonly IDeviceStream stream;
    private readonly Action? watch;
    private readonly NcclCommunicatorHandle handle;
    private string? ended;
    private volatile bool working = true;

    private NcclCommunicator(NcclLibrary library, IDeviceStream stream, NcclMembership membership, Action? watch)
    {
        this.library = library;
        this.stream = stream;
        this.membership = membership;
        this.watch = watch;
        stream.MakeCurrent();
        handle = new NcclCommunicatorHandle(library, library.BeginInit(membership.Names.Count, membership.UniqueId, membership.Rank));
    }

    /// <summary>Own place among the ranks.</summary>
    public int Rank => membership.Rank;

    /// <summary>Number of ranks.</summary>
    public int WorldSize => membership.Names.Count;

    /// <summary>Whether it was aborted, disposed, or has failed.</summary>
    public bool HasEnded => Volatile.Read(ref ended) is not null;

    /// <summary>Longest wait for an exchange to begin, and then for it to end (120 s). May change between exchanges.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>Joins the others; returns when all have. The device is the stream's, and what is exchanged goes into the stream.</summary>
    /// <param name="watch">Called now and then while this rank waits; what it throws ends the communicator. NCCL itself need not notice that a peer is gone.</param>
    /// <exception cref="ArgumentException">The membership is not valid.</exception>
    /// <exception cref="PeersLateException">Not all had joined by the connect deadline.</exception>
    /// <exception cref="NativeCallException">NCCL refused, the id for instance.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public static NcclCommunicator Connect(
        NcclLibrary library,
        IDeviceStream stream,
        NcclMembership membership,
        CancellationToken cancellation,
        Action? watch = null
    )
    {
        if (membership.Problem() is { } problem)
        {
            throw new ArgumentException($"NCCL membership: {problem}.", nameof(membership));
        }

        var communicator = new NcclCommunicator(library, stream, membership, watch);
        communicator.Await(
            static _ => true,
            membership.ConnectDeadline,
            "to join the communicator",
            "ncclCommInitRankConfig",
            cancellation
        );
        communicator.working = false;
        return communicator;
    }

    /// <summary>
    /// Puts transfers into the stream, as one group: none waits for another. Returns when NCCL has put them there, so that what comes into the stream
    /// next is behind them.
    /// </summary>
    /// <exception cref="CollectiveException">It failed, or the generation is over.</exception>
    internal void Exchange(ReadOnlySpan<NcclTransfer> transfers)
    {
        if (transfers.IsEmpty)
        {
            return;
        }

        working = true;
        try
        {
            lock (gate)
            {
                ThrowIfEnded();
                Enqueue(transfers);
            }
        }
        catch (CollectiveException failure)
        {
            End(failure);
            throw;
        }

        Await(static _ => true, Deadline, "for an exchange to begin", "ncclGroupEnd", CancellationToken.None);
    }

    /// <summary>Waits until the stream is idle: all transfers, and what was put in behind them, are done.</summary>
    /// <exception cref="CollectiveException">One of them failed or took too long, or the generation is over.</exception>
    internal void Finish()
    {
        working = true;
        Await(static stream => stream.QueryIdle(), Deadline, "for an exchange to end", "a transfer", CancellationToken.None);
        working = false;
    }

    /// <exception cref="GenerationEndedException">It was aborted, disposed, or has failed.</exception>
    internal void ThrowIfEnded()
    {
        if (Volatile.Read(ref ended) is { } reason)
        {
            throw new GenerationEndedException(reason);
        }
    }

    /// <summary>Aborts because of a failure, here or of work behind an exchange; returns once nothing touches the caller's memory any more.</summary>
    /// <exception cref="GenerationEndedException">Somebody had ended the communicator before it failed.</exception>
    internal void End(Exception failure)
    {
        string why = failure is GenerationEndedException generation ? generation.Reason : failure.Message;
        Abort(why);
        long since = Stopwatch.GetTimestamp();
        while (!IsIdleOrBroken())
        {
            if (Stopwatch.GetElapsedTime(since) >= RestDeadline)
            {
                throw new CollectiveException(
                    $"{stream.Device.Name} still works {RestDeadline.TotalSeconds:0} s after ncclCommAbort, and may write where it was told to: {why}",
                    failure
                );
            }

            // Not by the event, which is set.
            Thread.Yield();
        }

        if (!string.Equals(ended, why, StringComparison.Ordinal))
        {
            throw new GenerationEndedException(ended!, failure);
        }
    }

    /// <summary>Ends the communicator from any thread: blocked and later calls throw <see cref="GenerationEndedException"/>. The first reason stands.</summary>
    public void Abort(string reason)
    {
        Interlocked.CompareExchange(ref ended, reason, null);
        over.Set();
        lock (gate)
        {
            handle.Dispose();
        }
    }

    /// <summary>Frees the communicator; one that is at work is aborted.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            handle.AtRest = !working && ended is null;
        }

        Abort("it was disposed");
    }

    private void Enqueue(ReadOnlySpan<NcclTransfer> transfers)
    {
        library.GroupStart();
        try
        {
            foreach (ref readonly NcclTransfer transfer in transfers)
            {
                if (transfer.Sends)
                {
                    library.Send(transfer.Buffer, transfer.Peer, handle.Communicator, stream.Handle);
                }
                else
                {
                    library.Receive(transfer.Buffer, transfer.Peer, handle.Communicator, stream.Handle);
                }
            }
        }
        catch (NativeCallException)
        {
            library.LeaveGroup();
            throw;
        }

        library.GroupEnd();
    }

    private void Await(Func<IDeviceStream, bool> reached, TimeSpan deadline, string what, string call, CancellationToken cancellation)
    {
        long since = Stopwatch.GetTimestamp();
        long watched = since;
        try
        {
            while (!IsDone(call) || !reached(stream))
            {
                TimeSpan waited = Stopwatch.GetElapsedTime(since);
                if (waited >= deadline)
                {
                    throw new PeersLateException(membership.Peers, deadline, $"{what} of generation {membership.Generation} by NCCL");
                }

                if (Stopwatch.GetElapsedTime(watched) >= WatchEvery)
                {
                    watched = Stopwatch.GetTimestamp();
                    cancellation.ThrowIfCancellationRequested();
                    watch?.Invoke();
                }

                Pause(waited);
            }
        }
        catch (Exception failure)
        {
            End(failure);
            throw;
        }
    }

    // Under the gate: nobody frees the communicator while NCCL is asked about it.
    private bool IsDone(string call)
    {
        lock (gate)
        {
            ThrowIfEnded();
            NcclResult state = library.AsyncError(handle.Communicator);
            return state switch
            {
                NcclResult.Success => true,
                NcclResult.InProgress => false,
                _ => throw library.Failure(state, call),
            };
        }
    }

    private void Pause(TimeSpan waited)
    {
        if (waited < AwakeFor)
        {
            Thread.Yield();
        }
        else
        {
            over.Wait(Doze);
        }
    }

    private bool IsIdleOrBroken()
    {
        try
        {
            return stream.QueryIdle();
        }
        catch (NativeCallException)
        {
            return true;
        }
    }
}
