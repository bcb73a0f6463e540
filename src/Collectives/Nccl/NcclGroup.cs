using System.Buffers.Binary;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Devices;

namespace Orchestrator.Collectives.Nccl;

/// <summary>
/// The ranks of a process group, one GPU each, and the sums over their devices' memory. NCCL moves the numbers; the group's own connections carry NCCL's
/// id, and tell who is gone. It is of its group's generation: the next one has another group, and a communicator of its own.
/// Training does not use it in this version: no gradient lies on a device there.
/// </summary>
public sealed class NcclGroup : IDisposable
{
    // Who has all sums may leave, and has sent what the others need: they are done within a transfer's time.
    private static readonly TimeSpan AfterLeaving = TimeSpan.FromSeconds(10);

    private readonly object calling = new();
    private readonly ProcessGroup group;
    private readonly LifeLines lifeLines;
    private readonly NcclCommunicator communicator;
    private readonly NcclTreeAllReduce allReduce;

    private NcclGroup(ProcessGroup group, LifeLines lifeLines, NcclCommunicator communicator, IDeviceStream stream, int pieceBytes)
    {
        this.group = group;
        this.lifeLines = lifeLines;
        this.communicator = communicator;
        allReduce = new NcclTreeAllReduce(communicator, stream, ReductionPlan.For(group.Rank, group.Ranges, group.Shards), pieceBytes);
    }

    /// <summary>Meets the others: every rank of the group calls it. Rank 0 makes NCCL's id; it, and everybody's version, go by the group's connections.</summary>
    /// <param name="group">Stays the caller's, and lives longer. A failure here ends it.</param>
    /// <param name="stream">Stays the caller's, and lives longer. Sums come behind what is in it.</param>
    /// <param name="connectDeadline">Longest time until all have joined; NCCL looks at the machine's wiring meanwhile.</param>
    /// <exception cref="CollectiveException">Versions differ, NCCL refused, a peer was lost, or not all joined in time.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public static NcclGroup Connect(
        ProcessGroup group,
        NcclLibrary library,
        IDeviceStream stream,
        TimeSpan connectDeadline,
        CancellationToken cancellation
    ) => Connect(group, library, stream, connectDeadline, AfterLeaving, NcclTreeAllReduce.PieceBytes, cancellation);

    /// <param name="afterLeaving">How long an exchange may go on after a peer has closed its connection.</param>
    /// <param name="pieceBytes">Most bytes of a piece of a rank's chunk.</param>
    internal static NcclGroup Connect(
        ProcessGroup group,
        NcclLibrary library,
        IDeviceStream stream,
        TimeSpan connectDeadline,
        TimeSpan afterLeaving,
        int pieceBytes,
        CancellationToken cancellation
    )
    {
        NcclMembership membership;
        try
        {
            membership = new NcclMembership
            {
                UniqueId = ShareId(group, library),
                Generation = group.Generation,
                Rank = group.Rank,
                Names = group.Names,
                ConnectDeadline = connectDeadline,
            };
        }
        catch (Exception failure)
        {
            // The others wait for the id.
            group.Abort(failure.Message);
            throw;
        }

        var lines = new LifeLines(group, afterLeaving);
        NcclCommunicator? joined = null;
        group.Elsewhere(
            FrameKind.Control,
            "all who join NCCL's communicator",
            () => lines.Guard(() => joined = NcclCommunicator.Connect(library, stream, membership, cancellation, lines.Look))
        );
        return new NcclGroup(group, lines, joined!, stream, pieceBytes);
    }

    /// <summary>
    /// Sums over all shards in the fixed tree, on the devices; every rank gets the same bits, those of <see cref="ProcessGroup.AllReduce"/>. Returns when
    /// the sums are there. Each wait is bounded by the group's <see cref="ProcessGroup.Deadline"/>. One call at a time, as in the group.
    /// </summary>
    /// <param name="kind">What the numbers are.</param>
    /// <param name="contributions">This rank's sum of each subtree of the group's <see cref="ProcessGroup.Cover"/>, all as long as the result; never written, unless as the result.</param>
    /// <param name="result">Gets the sum over all shards. May be contributions[0].</param>
    /// <exception cref="ArgumentException">The contributions do not fit.</exception>
    /// <exception cref="CollectiveException">A peer is lost, NCCL or the device failed, or the generation has ended. The process group is closed, and nothing is at work on the buffers any more.</exception>
    public void AllReduce(FrameKind kind, ReadOnlySpan<DeviceBuffer> contributions, DeviceBuffer result)
    {
        if (contributions.Length != group.Cover.Count)
        {
            throw new ArgumentException(
                $"Rank {group.Rank} covers {group.Cover.Count} subtrees; {contributions.Length} contributions came.",
                nameof(contributions)
            );
        }

        foreach (DeviceBuffer contribution in contributions)
        {
            if (contribution.Length != result.Length)
            {
                throw new ArgumentException(
                    $"A contribution has {contribution.Length} elements, the result {result.Length}.",
                    nameof(contributions)
                );
            }
        }

        DeviceBuffer[] sums = contributions.ToArray();
        if (!Monitor.TryEnter(calling))
        {
            communicator.ThrowIfEnded();
            throw new InvalidOperationException("Another thread is in a collective of this group.");
        }

        try
        {
            communicator.ThrowIfEnded();
            communicator.Deadline = group.Deadline;
            group.Elsewhere(kind, "all, by NCCL", () => lifeLines.Guard(() => allReduce.Run(sums, result)));
        }
        finally
        {
            Monitor.Exit(calling);
        }
    }

    /// <summary>Ends the group and the communicator from any thread: blocked and later calls throw <see cref="GenerationEndedException"/>.</summary>
    public void Abort(string reason)
    {
        group.Abort(reason);
        communicator.Abort(reason);
    }

    /// <summary>Frees the communicator and the scratch. A call that is under way on another thread is aborted and waited for. The process group stays open.</summary>
    public void Dispose()
    {
        if (!Monitor.TryEnter(calling))
        {
            Abort("it was disposed");
            Monitor.Enter(calling);
        }

        try
        {
            communicator.Dispose();
            allReduce.Dispose();
        }
        finally
        {
            Monitor.Exit(calling);
        }
    }

    // Version codes of all, and rank 0's id behind its own.
    private static byte[] ShareId(ProcessGroup group, NcclLibrary library)
    {
        var mine = new byte[sizeof(int) + (group.Rank == 0 ? NcclLibrary.UniqueIdBytes : 0)];
        BinaryPrimitives.WriteInt32LittleEndian(mine, library.VersionCode);
        if (group.Rank == 0)
        {
            library.NewUniqueId().CopyTo(mine.AsSpan(sizeof(int)));
        }

        byte[][] all = group.AllGather(FrameKind.Control, mine);
        for (int rank = 0; rank < all.Length; rank++)
        {
            int expected = sizeof(int) + (rank == 0 ? NcclLibrary.UniqueIdBytes : 0);
            if (all[rank].Length != expected)
            {
                throw new CollectiveException(
                    $"{group.Names[rank]} (rank {rank}) sent {all[rank].Length} bytes where NCCL's version and id, {expected}, were expected."
                );
            }

            int theirs = BinaryPrimitives.ReadInt32LittleEndian(all[rank]);
            if (theirs != library.VersionCode)
            {
                throw new CollectiveException(
                    $"{group.Names[rank]} (rank {rank}) has NCCL {NcclLibrary.VersionOf(theirs)}, this rank {library.Version}: all need the same."
                );
            }
        }

        return all[0][sizeof(int)..];
    }
}
