using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Memory;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives;

/// <summary>
/// The ranks of one generation, seen from one of them. All ranks call the same collectives in the same order, one at a time, each from
/// one thread. After any failure the group is unusable and its connections are closed, so that its peers stop too.
/// </summary>
public sealed class ProcessGroup : IDisposable
{
    /// <summary>Most bytes that a rank may give to an all-gather: 1 MiB.</summary>
    public const int MaxGathered = 1 << 20;

    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(120);

    private readonly object calling = new();
    private readonly Mesh mesh;
    private readonly Mesh[] meshes;
    private readonly LanedAllReduce allReduce;
    private readonly IReadOnlyList<IDisposable> registrations;
    private TimeSpan deadline;
    private string? ended;
    private long sequence;

    private ProcessGroup(
        int shards,
        IReadOnlyList<ShardRange> ranges,
        Mesh[] meshes,
        HostLayout? layout,
        TimeSpan deadline,
        IReadOnlyList<IDisposable> registrations
    )
    {
        this.meshes = meshes;
        this.registrations = registrations;
        mesh = meshes[0];
        Shards = shards;
        Ranges = ranges;
        Range = ranges[mesh.Rank];
        ReductionPlan plan = ReductionPlan.For(mesh.Rank, ranges, shards);
        Cover = plan.Covers[mesh.Rank];
        Layout = layout;
        allReduce = new LanedAllReduce(
            meshes,
            lane => new TreeAllReduce(lane, plan, layout is null ? null : new HostsFirst(lane, layout, ranges, shards, plan.MostParts)),
            Cover.Count
        );
        Deadline = deadline;
    }

    /// <summary>Own place among the ranks, 0 … WorldSize − 1.</summary>
    public int Rank => mesh.Rank;

    /// <summary>Number of ranks.</summary>
    public int WorldSize => mesh.WorldSize;

    /// <summary>Shards of a step, a power of two.</summary>
    public int Shards { get; }

    /// <summary>The shards of every rank, in rank order.</summary>
    public IReadOnlyList<ShardRange> Ranges { get; }

    /// <summary>Number of the generation; 0 for ranks on threads of a process.</summary>
    public long Generation { get; private init; }

    /// <summary>How many ranks this one shares memory with; the others are reached by TCP, or are threads of this process.</summary>
    public int SharedMemoryPeers { get; private init; }

    /// <summary>The arena whose buffers peers read where they lie, so that it is the best place for what is summed; null where no peer does.</summary>
    public SharedArena? Arena { get; private init; }

    /// <summary>In how many slices large payloads are summed at once.</summary>
    public int Lanes => meshes.Length;

    /// <summary>Where hosts hold several ranks each; null where sums know no hosts.</summary>
    internal HostLayout? Layout { get; }

    /// <summary>The shards of this rank.</summary>
    public ShardRange Range { get; }

    /// <summary>The maximal subtrees in <see cref="Range"/>, in shard order: what this rank contributes sums of.</summary>
    public IReadOnlyList<Subtree> Cover { get; }

    /// <summary>Longest wait for one peer's next bytes. May change between collectives.</summary>
    public TimeSpan Deadline
    {
        get => deadline;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            deadline = value;
            Array.ForEach(meshes, lane => lane.SetDeadline(value));
        }
    }

    /// <summary>Name of the peer that a blocked call waits for now, or "all, by NCCL"; null when none. For other threads.</summary>
    public string? WaitingFor => meshes.Select(lane => lane.WaitingFor).FirstOrDefault(name => name is not null);

    /// <summary>The group of a single rank that owns all shards.</summary>
    public static ProcessGroup Alone(int shards) => InMemory(shards, [new ShardRange(0, shards)])[0];

    /// <summary>A group whose ranks are threads of this process, by rank.</summary>
    /// <param name="ranges">A partition of the shards, in rank order.</param>
    /// <param name="names">Names of the ranks for messages (rank-0, rank-1, …).</param>
    /// <param name="traffic">Where each rank's bytes are counted.</param>
    public static ProcessGroup[] InMemory(
        int shards,
        IReadOnlyList<ShardRange> ranges,
        IReadOnlyList<string>? names = null,
        IReadOnlyList<IFrameTraffic>? traffic = null
    ) => InMemory(shards, ranges, layout: null, names, traffic);

    /// <summary>The same, as if the ranks were on several hosts.</summary>
    internal static ProcessGroup[] InMemory(
        int shards,
        IReadOnlyList<ShardRange> ranges,
        HostLayout? layout,
        IReadOnlyList<string>? names = null,
        IReadOnlyList<IFrameTraffic>? traffic = null,
        int lanes = 1
    )
    {
        ShardTree.RequirePartition(ranges, shards);
        IPeerLink?[][][] links = [.. Enumerable.Range(0, lanes).Select(_ => MemoryLink.BetweenAll(ranges.Count, names, traffic))];
        return
        [
            .. ranges.Select(
                (_, rank) =>
                    new ProcessGroup(shards, ranges, [.. links.Select(lane => new Mesh(rank, lane[rank]))], layout, DefaultDeadline, [])
            ),
        ];
    }

    /// <summary>Meets the other ranks of a generation; returns when all connections of this rank stand.</summary>
    /// <param name="listener">The process's listener, at the address that the others know.</param>
    /// <exception cref="ArgumentException">The description is not valid.</exception>
    /// <exception cref="PeerLostException">A peer refused, or was not there by the connect deadline.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public static ProcessGroup Connect(GroupDescription description, FrameListener listener, CancellationToken cancellation)
    {
        ShardTree.RequirePartition([.. description.Members.Select(member => member.Range)], description.Shards);
        if (description.Problem() is { } problem)
        {
            throw new ArgumentException($"Group description: {problem}.", nameof(description));
        }

        (LaneLinks[] lanes, string[] hosts) = LaneLinks.Meet(description, listener, cancellation);
        SharedMemoryLink[] near = [.. lanes.SelectMany(lane => lane.Links.OfType<SharedMemoryLink>())];
        Array.ForEach(near, link => link.MaySpin = near.Length < Environment.ProcessorCount);
        return new ProcessGroup(
            description.Shards,
            [.. description.Members.Select(member => member.Range)],
            [.. lanes.Select(lane => new Mesh(description.Rank, lane.Links))],
            HostLayout.Of(hosts),
            description.Deadline,
            [.. lanes.Select(lane => lane.Registration)]
        )
        {
            SharedMemoryPeers = lanes[0].Links.OfType<SharedMemoryLink>().Count(),
            Arena = near.Any(link => link.Lends) ? description.Arena : null,
            Generation = description.Generation,
        };
    }

    /// <summary>Sums over all shards in the fixed tree; every rank gets the same bits.</summary>
    /// <param name="contributions">This rank's sum of each subtree of <see cref="Cover"/>, all as long as the result; never written, unless as the result.</param>
    /// <param name="result">Gets the sum over all shards. May be the memory of contributions[0].</param>
    /// <typeparam name="T">float, double, or BFloat16, whose every node of the tree is rounded.</typeparam>
    public void AllReduce<T>(FrameKind kind, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        TreeAllReduce.TypeOf<T>();
        if (contributions.Length != Cover.Count)
        {
            throw new ArgumentException(
                $"Rank {Rank} covers {Cover.Count} subtrees; {contributions.Length} contributions came.",
                nameof(contributions)
            );
        }

        foreach (HostBuffer<T> contribution in contributions)
        {
            if (contribution.Length != result.Length)
            {
                throw new ArgumentException(
                    $"A contribution has {contribution.Length} elements, the result {result.Length}.",
                    nameof(contributions)
                );
            }
        }

        long number = Begin(kind);
        try
        {
            allReduce.Run(kind, number, contributions, result);
        }
        catch (Exception failure)
        {
            EndBecause(failure);
            throw;
        }
        finally
        {
            Finish();
        }
    }

    /// <summary>Everybody's bytes, by rank. Lengths may differ; at most <see cref="MaxGathered"/> each.</summary>
    public byte[][] AllGather(FrameKind kind, ReadOnlySpan<byte> mine)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mine.Length, MaxGathered, nameof(mine));
        return Gather(kind, FrameOperation.Gathered, mine);
    }

    /// <summary>Every rank's buffer gets the root's bytes; all are equally long.</summary>
    public void Broadcast(FrameKind kind, int root, HostBuffer<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, WorldSize);
        long number = Begin(kind);
        try
        {
            ScatterBroadcast.Run(mesh, kind, number, root, buffer);
        }
        catch (Exception failure)
        {
            EndBecause(failure);
            throw;
        }
        finally
        {
            Finish();
        }
    }

    /// <summary>Returns when every rank has called it.</summary>
    public void Barrier() => Gather(FrameKind.Control, FrameOperation.Barrier, []);

    /// <summary>Ends the group from any thread: connections close, blocked and later calls throw <see cref="GenerationEndedException"/>. The first reason stands.</summary>
    public void Abort(string reason)
    {
        Interlocked.CompareExchange(ref ended, reason, null);
        Close();
    }

    /// <summary>
    /// Leaves the group and ends its threads. Peers still get what was sent, so that they finish a collective that this rank has finished.
    /// A call that is under way on another thread is aborted and waited for.
    /// </summary>
    public void Dispose()
    {
        const string Reason = "it was disposed";
        if (!Monitor.TryEnter(calling))
        {
            Abort(Reason);
            Monitor.Enter(calling);
        }

        try
        {
            Interlocked.CompareExchange(ref ended, Reason, null);
            Array.ForEach(meshes, lane => lane.Dispose());
            allReduce.Dispose();
            foreach (IDisposable registration in registrations)
            {
                registration.Dispose();
            }
        }
        finally
        {
            Monitor.Exit(calling);
        }
    }

    /// <summary>
    /// Holds the group as a collective does while its ranks exchange by other means than its links (NCCL), which stay its members' life lines. A failure ends
    /// the group, so that the peers learn of it by theirs.
    /// </summary>
    /// <param name="means">What <see cref="WaitingFor"/> says meanwhile.</param>
    /// <param name="exchange">Calls <see cref="ThrowIfOver"/> now and then while it waits.</param>
    internal void Elsewhere(FrameKind kind, string means, Action exchange)
    {
        Begin(kind);
        mesh.WaitElsewhere(means);
        try
        {
            exchange();
        }
        catch (Exception failure)
        {
            EndBecause(failure);
            throw;
        }
        finally
        {
            Finish();
        }
    }

    /// <exception cref="GenerationEndedException">The group was ended here.</exception>
    /// <exception cref="PeerLostException">A peer has ended it.</exception>
    internal void ThrowIfOver()
    {
        ThrowIfEnded();
        mesh.ThrowIfAborted();
    }

    /// <summary>A peer that has closed its connection, which one that has finished may do; null for none.</summary>
    internal (int Rank, string Name)? WhoLeft() => mesh.WhoLeft() is var peer and >= 0 ? (peer, mesh.NameOf(peer)) : null;

    /// <summary>Names of all ranks but this one, which has its number for a name.</summary>
    internal IReadOnlyList<string> Names =>
        [.. Enumerable.Range(0, WorldSize).Select(rank => rank == Rank ? $"rank-{rank}" : mesh.NameOf(rank))];

    private unsafe byte[][] Gather(FrameKind kind, FrameOperation operation, ReadOnlySpan<byte> mine)
    {
        long number = Begin(kind);

        // Pinned until the failure path, too, has seen the senders stop.
        fixed (byte* start = mine)
        {
            try
            {
                return Gather(
                    new FrameHeader(kind, operation, number, 0, ElementType.Byte, mine.Length),
                    new HostBuffer<byte>(start, mine.Length)
                );
            }
            catch (Exception failure)
            {
                EndBecause(failure);
                throw;
            }
            finally
            {
                Finish();
            }
        }
    }

    private byte[][] Gather(in FrameHeader mine, HostBuffer<byte> payload)
    {
        var gathered = new byte[WorldSize][];
        gathered[Rank] = payload.Span.ToArray();
        for (int distance = 1; distance < WorldSize; distance++)
        {
            mesh.Post(mesh.Peer(distance), mine, payload);
        }

        int most = mine.Operation == FrameOperation.Barrier ? 0 : MaxGathered;
        for (int distance = 1; distance < WorldSize; distance++)
        {
            gathered[mesh.Peer(distance)] = mesh.ReceiveAny(mesh.Peer(distance), mine with { Length = -1 }, most);
        }

        mesh.Flush();
        return gathered;
    }

    private long Begin(FrameKind kind)
    {
        if (kind is < FrameKind.Gradient or > FrameKind.Control)
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "A collective's frames are Gradient to Control.");
        }

        if (!Monitor.TryEnter(calling))
        {
            ThrowIfEnded();
            throw new InvalidOperationException("Another thread is in a collective of this group.");
        }

        try
        {
            ThrowIfEnded();
        }
        catch
        {
            Monitor.Exit(calling);
            throw;
        }

        return ++sequence;
    }

    private void Finish()
    {
        Array.ForEach(meshes, lane => lane.Rest());
        Monitor.Exit(calling);
    }

    private void Close() => Array.ForEach(meshes, lane => lane.Close(abort: true));

    private void ThrowIfEnded()
    {
        if (Volatile.Read(ref ended) is { } reason)
        {
            throw new GenerationEndedException(reason);
        }
    }

    // Senders may still read the caller's memory, which is the caller's again as soon as the call throws: they are seen to stop first.
    private void EndBecause(Exception failure)
    {
        string? earlier = Interlocked.CompareExchange(ref ended, failure.Message, null);
        Close();
        Array.ForEach(meshes, lane => lane.Quiesce());
        if (earlier is not null)
        {
            throw new GenerationEndedException(earlier, failure);
        }
    }
}
