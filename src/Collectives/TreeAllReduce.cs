using System.Numerics.Tensors;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;

namespace Orchestrator.Collectives;

/// <summary>
/// Carries a <see cref="ReductionPlan"/> out over a mesh. A small payload is sent whole to everybody and added up everywhere: one round trip.
/// A larger one (<see cref="IsSentWhole"/>) is cut into a chunk a rank: everybody sends its subtree sums of chunk c to rank c, which adds up the rest of
/// the tree and sends the sum to all, so that there is no hub. Chunks go in pieces: while one is added, the next is on its way and the sum of the one before
/// comes back. Where hosts hold several ranks each, larger payloads go by <see cref="HostsFirst"/> instead.
/// Peers' sums are read where they lie, where the link has them in this process's memory or maps the peer's. Scratch grows to the largest payload seen and is kept.
/// </summary>
/// <param name="hostsFirst">The way of larger payloads, where there is a better one than a chunk a rank; owned from here on.</param>
internal sealed unsafe class TreeAllReduce(Mesh mesh, ReductionPlan plan, HostsFirst? hostsFirst = null) : IDisposable
{
    /// <summary>Bytes for each rank from which on other collectives cut a payload.</summary>
    public const int ChunkedFrom = 64 * 1024;

    // What a rank sends whole costs it as many bytes again for every peer.
    private const int WholeToAll = 256 * 1024;
    private const int LeastWhole = 8 * 1024;

    // A rank's pieces to and from all peers are to stay in its core's cache; smaller ones cost more waits (measured: docs/performance.md).
    private const int AllPieces = 512 * 1024;
    private const int LeastPiece = 64 * 1024;
    private const int Alignment = 64;

    private readonly nint[] slots = new nint[plan.Slots];
    private readonly int mostParts = plan.MostParts;
    private AlignedBuffer<byte>? scratch;
    private long stride;

    /// <summary>
    /// Bytes between two ranks that the one may have sent and the other not have taken, whatever the payloads: what a link must hold so that nobody waits to
    /// send. Two payloads sent whole, and before them contributions of three pieces (who sends those of piece p has the sums of p − 3 of all, so all have read up to
    /// p − 3) and sums of four; and as much again as one payload and one piece for headers and for what a frame leaves free at a ring's end.
    /// </summary>
    public static int MostUnread(int world) => (3 * WholeUpTo(world)) + (8 * PieceBytes(world));

    /// <summary>Most bytes of all of one rank's sums that are sent whole: with more, or to more peers, chunks are faster (measured: docs/performance.md).</summary>
    public static int WholeUpTo(int world) => Math.Max(LeastWhole, WholeToAll / Math.Max(1, world - 1));

    /// <summary>Most bytes of a piece.</summary>
    public static int PieceBytes(int world) => Math.Max(LeastPiece, AllPieces / world / Alignment * Alignment);

    /// <summary>Whether a payload is sent whole to everybody, and not cut.</summary>
    /// <param name="bytes">Of the payload.</param>
    /// <param name="mostParts">Most subtrees that a rank has.</param>
    public static bool IsSentWhole(long bytes, int world, int mostParts) => bytes * mostParts <= WholeUpTo(world);

    /// <summary>How a payload that is not sent whole is cut.</summary>
    /// <param name="length">Elements of the payload.</param>
    /// <param name="mostParts">Most subtrees that a rank has: it sends a piece of each at once, smaller ones then, so that links hold them.</param>
    public static PieceCut Cut(int length, int elementBytes, int world, int mostParts) =>
        PieceCut.Of(length, world, elementBytes, Math.Max(Alignment, PieceBytes(world) / mostParts));

    public void Run<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        if (mesh.WorldSize == 1)
        {
            contributions[0].Span.CopyTo(result.Span);
            return;
        }

        long bytes = (long)result.Length * sizeof(T);
        mesh.Begin(bytes);
        try
        {
            if (IsSentWhole(bytes, mesh.WorldSize, mostParts))
            {
                ReduceWhole(kind, sequence, contributions, result);
            }
            else if (hostsFirst is not null)
            {
                hostsFirst.Run(kind, sequence, contributions, result);
            }
            else
            {
                ReduceChunked(kind, sequence, contributions, result);
            }
        }
        catch
        {
            mesh.GiveBack();
            throw;
        }
        finally
        {
            // Other lanes may still wait: who is done names nobody.
            mesh.Rest();
        }
    }

    /// <summary>The wire's name of a number type that can be summed.</summary>
    /// <exception cref="NotSupportedException">Neither float, double nor BFloat16.</exception>
    public static ElementType TypeOf<T>() =>
        typeof(T) == typeof(float) ? ElementType.Single
        : typeof(T) == typeof(double) ? ElementType.Double
        : typeof(T) == typeof(BFloat16) ? ElementType.BFloat16
        : throw new NotSupportedException($"Sums of {typeof(T).Name} are not supported; float, double and BFloat16 are.");

    public void Dispose()
    {
        scratch?.Dispose();
        hostsFirst?.Dispose();
    }

    /// <summary>Makes room for <see cref="Reduce"/> of so many bytes at most.</summary>
    public void Prepare(long bytes)
    {
        stride = Padded(bytes);
        Room(plan.Slots * stride);
    }

    /// <summary>Takes the peers' contributions to a chunk, adds them and the own ones up, and gives back what was borrowed for that.</summary>
    /// <param name="chunk">Of the contributions, as long as each sum.</param>
    /// <param name="sums">Get what the plan's steps leave: <see cref="ReductionPlan.Sums"/>.</param>
    public void Reduce<T>(
        FrameKind kind,
        long sequence,
        ReadOnlySpan<HostBuffer<T>> contributions,
        Chunk chunk,
        ReadOnlySpan<HostBuffer<T>> sums
    )
        where T : unmanaged
    {
        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            switch (step.Action)
            {
                case ReductionAction.Receive:
                    slots[step.Into.Index] = (nint)
                        mesh.Borrow(
                            step.Rank,
                            Header<T>(kind, FrameOperation.Contribution, sequence, step.Part, chunk.Count),
                            new HostBuffer<byte>(ScratchOf(step.Into.Index), checked(chunk.Count * sizeof(T)))
                        ).Pointer;
                    break;
                case ReductionAction.Copy:
                    Locate(step.Left, contributions, chunk).Span.CopyTo(sums[step.Into.Index].Span);
                    break;
                default:
                    Add(step, contributions, sums, chunk);
                    break;
            }
        }

        mesh.Release();
    }

    /// <summary>Sends a peer all own parts of its chunk.</summary>
    /// <param name="theirs">Of the sums.</param>
    public void PostParts<T>(FrameKind kind, long sequence, int peer, ReadOnlySpan<HostBuffer<T>> sums, Chunk theirs)
        where T : unmanaged
    {
        for (int part = 0; part < sums.Length; part++)
        {
            mesh.Post(
                peer,
                Header<T>(kind, FrameOperation.Contribution, sequence, part, theirs.Count),
                sums[part].Slice(theirs.Start, theirs.Count).Bytes
            );
        }
    }

    /// <summary>Sends all peers the sum of the own chunk.</summary>
    public void PostSum<T>(FrameKind kind, long sequence, HostBuffer<T> sum)
        where T : unmanaged
    {
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            mesh.Post(mesh.Peer(distance), Header<T>(kind, FrameOperation.Reduced, sequence, mesh.Rank, sum.Length), sum.Bytes);
        }
    }

    /// <summary>Takes the sum of a peer's chunk. Who sends it has read all contributions to it, so it may overwrite the own one.</summary>
    public void ReceiveSum<T>(FrameKind kind, long sequence, int peer, HostBuffer<T> into)
        where T : unmanaged => mesh.Receive(peer, Header<T>(kind, FrameOperation.Reduced, sequence, peer, into.Length), into.Bytes);

    private void ReduceChunked<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        PieceCut cut = Cut(result.Length, sizeof(T), mesh.WorldSize, mostParts);
        Prepare((long)cut.Longest * sizeof(T));
        for (int turn = 0; turn < cut.Pieces + 2; turn++)
        {
            if (turn < cut.Pieces)
            {
                PostContributions(kind, sequence, contributions, cut, turn);
            }

            if (turn is > 0 && turn <= cut.Pieces)
            {
                ReducePiece(kind, sequence, contributions, result, cut, turn - 1);
            }

            if (turn > 1)
            {
                ReceiveSums(kind, sequence, result, cut, turn - 2);
            }
        }

        mesh.Flush();
    }

    private void PostContributions<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, PieceCut cut, int piece)
        where T : unmanaged
    {
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            int peer = mesh.Peer(distance);
            PostParts(kind, sequence, peer, contributions, cut.Of(peer, piece));
        }
    }

    private void ReducePiece<T>(
        FrameKind kind,
        long sequence,
        ReadOnlySpan<HostBuffer<T>> contributions,
        HostBuffer<T> result,
        PieceCut cut,
        int piece
    )
        where T : unmanaged
    {
        Chunk mine = cut.Of(mesh.Rank, piece);
        HostBuffer<T> sum = result.Slice(mine.Start, mine.Count);
        Reduce(kind, sequence, contributions, mine, new ReadOnlySpan<HostBuffer<T>>(in sum));
        PostSum(kind, sequence, sum);
    }

    private void ReceiveSums<T>(FrameKind kind, long sequence, HostBuffer<T> result, PieceCut cut, int piece)
        where T : unmanaged
    {
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            int peer = mesh.Peer(distance);
            Chunk theirs = cut.Of(peer, piece);
            ReceiveSum(kind, sequence, peer, result.Slice(theirs.Start, theirs.Count));
        }
    }

    private void ReduceWhole<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        int bytes = result.Length * sizeof(T);
        stride = Padded(bytes);
        byte* room = Room((plan.Slots + 1 + ((long)mesh.WorldSize * mostParts)) * stride) + (plan.Slots * stride);
        var sum = new HostBuffer<T>((T*)room, result.Length);
        room += stride;
        HostBuffer<byte> mine = Packed(contributions, ref room, bytes);
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            mesh.Post(
                mesh.Peer(distance),
                Header<byte>(kind, FrameOperation.Contribution, sequence, 0, mine.Length) with
                {
                    Type = TypeOf<T>(),
                },
                mine
            );
        }

        byte* theirs = room;
        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            if (step.Action == ReductionAction.Add)
            {
                Add(step, contributions, new ReadOnlySpan<HostBuffer<T>>(in sum), new Chunk(0, result.Length));
                continue;
            }

            // The first of a peer's sums brings the others along.
            if (step.Part == 0)
            {
                int length = plan.Covers[step.Rank].Count * bytes;
                FrameHeader expected = Header<byte>(kind, FrameOperation.Contribution, sequence, 0, length) with { Type = TypeOf<T>() };
                theirs = mesh.Borrow(step.Rank, expected, new HostBuffer<byte>(room, length)).Pointer;
                room += Padded(length);
            }

            slots[step.Into.Index] = (nint)(theirs + ((long)step.Part * bytes));
        }

        // The result may be memory that peers still read: all give back first what they borrowed, then it is written.
        mesh.Release();
        mesh.Flush();
        sum.Span.CopyTo(result.Span);
    }

    // All own sums in one frame; a single one is sent from where it is.
    private static HostBuffer<byte> Packed<T>(ReadOnlySpan<HostBuffer<T>> contributions, ref byte* room, int bytes)
        where T : unmanaged
    {
        if (contributions.Length == 1)
        {
            return contributions[0].Bytes;
        }

        var packed = new HostBuffer<byte>(room, contributions.Length * bytes);
        for (int part = 0; part < contributions.Length; part++)
        {
            contributions[part].Bytes.Span.CopyTo(packed.Slice(part * bytes, bytes).Span);
        }

        room += Padded(packed.Length);
        return packed;
    }

    // What a slot holds may be the peer's memory, which is not written: sums go to the slot's own scratch.
    private void Add<T>(in ReductionStep step, ReadOnlySpan<HostBuffer<T>> contributions, ReadOnlySpan<HostBuffer<T>> sums, Chunk chunk)
        where T : unmanaged
    {
        HostBuffer<T> left = Locate(step.Left, contributions, chunk);
        HostBuffer<T> right = Locate(step.Right, contributions, chunk);
        HostBuffer<T> into;
        if (step.Into.Place == OperandPlace.Slot)
        {
            into = new HostBuffer<T>((T*)ScratchOf(step.Into.Index), chunk.Count);
            slots[step.Into.Index] = (nint)into.Pointer;
        }
        else
        {
            into = sums[step.Into.Index];
        }

        if (typeof(T) == typeof(float))
        {
            TensorPrimitives.Add(
                new ReadOnlySpan<float>(left.Pointer, left.Length),
                new ReadOnlySpan<float>(right.Pointer, right.Length),
                new Span<float>(into.Pointer, into.Length)
            );
        }
        else if (typeof(T) == typeof(BFloat16))
        {
            BFloat16.Add(
                new ReadOnlySpan<BFloat16>(left.Pointer, left.Length),
                new ReadOnlySpan<BFloat16>(right.Pointer, right.Length),
                new Span<BFloat16>(into.Pointer, into.Length)
            );
        }
        else
        {
            TensorPrimitives.Add(
                new ReadOnlySpan<double>(left.Pointer, left.Length),
                new ReadOnlySpan<double>(right.Pointer, right.Length),
                new Span<double>(into.Pointer, into.Length)
            );
        }
    }

    private HostBuffer<T> Locate<T>(Operand operand, ReadOnlySpan<HostBuffer<T>> contributions, Chunk chunk)
        where T : unmanaged =>
        operand.Place == OperandPlace.Own
            ? contributions[operand.Index].Slice(chunk.Start, chunk.Count)
            : new HostBuffer<T>((T*)slots[operand.Index], chunk.Count);

    private static FrameHeader Header<T>(FrameKind kind, FrameOperation operation, long sequence, int part, int count)
        where T : unmanaged =>
        new(kind, operation, sequence, part, typeof(T) == typeof(byte) ? ElementType.Byte : TypeOf<T>(), checked(count * sizeof(T)));

    public static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private byte* ScratchOf(int slot) => scratch!.Host.Pointer + (slot * stride);

    private byte* Room(long bytes)
    {
        if (scratch is null || scratch.Length < bytes)
        {
            scratch?.Dispose();
            scratch = null;
            scratch = new AlignedBuffer<byte>(checked((int)bytes));
        }

        return scratch.Host.Pointer;
    }
}
