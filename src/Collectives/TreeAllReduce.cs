using System.Numerics.Tensors;
using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;

namespace Orchestrator.Collectives;

/// <summary>
/// Carries a <see cref="ReductionPlan"/> out over a mesh. A payload of at least world size × 64 KiB is cut into a chunk a rank:
/// everybody sends its subtree sums of chunk c to rank c, which adds up the rest of the tree and sends the sum to all, so that
/// there is no hub. A smaller one is sent whole to everybody and added up everywhere: one round trip.
/// Scratch grows to the largest payload seen and is kept.
/// </summary>
internal sealed unsafe class TreeAllReduce(Mesh mesh, ReductionPlan plan) : IDisposable
{
    public const int ChunkedFrom = 64 * 1024;
    private const int Alignment = 64;

    private readonly nint[] slots = new nint[plan.Slots];
    private AlignedBuffer<byte>? scratch;

    public void Run<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        if (mesh.WorldSize == 1)
        {
            contributions[0].Span.CopyTo(result.Span);
        }
        else if ((long)result.Length * sizeof(T) < (long)mesh.WorldSize * ChunkedFrom)
        {
            ReduceWhole(kind, sequence, contributions, result);
        }
        else
        {
            ReduceChunked(kind, sequence, contributions, result);
        }
    }

    /// <summary>The wire's name of a number type that can be summed.</summary>
    /// <exception cref="NotSupportedException">Neither float nor double.</exception>
    public static ElementType TypeOf<T>() =>
        typeof(T) == typeof(float) ? ElementType.Single
        : typeof(T) == typeof(double) ? ElementType.Double
        : throw new NotSupportedException($"Sums of {typeof(T).Name} are not supported; float and double are.");

    public void Dispose() => scratch?.Dispose();

    private void ReduceChunked<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            int peer = mesh.Peer(distance);
            Chunk theirs = Chunk.Of(result.Length, mesh.WorldSize, peer);
            for (int part = 0; part < contributions.Length; part++)
            {
                mesh.Post(
                    peer,
                    Header<T>(kind, FrameOperation.Contribution, sequence, part, theirs.Count),
                    contributions[part].Slice(theirs.Start, theirs.Count).Bytes
                );
            }
        }

        Chunk mine = Chunk.Of(result.Length, mesh.WorldSize, mesh.Rank);
        long stride = Padded((long)mine.Count * sizeof(T));
        byte* room = Room(plan.Slots * stride);
        for (int slot = 0; slot < slots.Length; slot++)
        {
            slots[slot] = (nint)(room + (slot * stride));
        }

        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            if (step.Action == ReductionAction.Receive)
            {
                var slot = new HostBuffer<T>((T*)slots[step.Into.Index], mine.Count);
                mesh.Receive(step.Rank, Header<T>(kind, FrameOperation.Contribution, sequence, step.Part, mine.Count), slot.Bytes);
            }
            else
            {
                Add(step, contributions, result, mine);
            }
        }

        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            mesh.Post(
                mesh.Peer(distance),
                Header<T>(kind, FrameOperation.Reduced, sequence, mesh.Rank, mine.Count),
                result.Slice(mine.Start, mine.Count).Bytes
            );
        }

        // A chunk's owner sends its sum only after it has read all contributions to it, so result may overwrite the own one here.
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            int peer = mesh.Peer(distance);
            Chunk theirs = Chunk.Of(result.Length, mesh.WorldSize, peer);
            mesh.Receive(
                peer,
                Header<T>(kind, FrameOperation.Reduced, sequence, peer, theirs.Count),
                result.Slice(theirs.Start, theirs.Count).Bytes
            );
        }

        mesh.Flush();
    }

    private void ReduceWhole<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        int bytes = result.Length * sizeof(T);
        long needed = 0;
        foreach (IReadOnlyList<Subtree> cover in plan.Covers)
        {
            needed += Padded((long)cover.Count * bytes);
        }

        byte* room = Room(needed);
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

        byte* sums = room;
        foreach (ref readonly ReductionStep step in plan.Steps.AsSpan())
        {
            if (step.Action == ReductionAction.Receive)
            {
                // The first of a peer's sums brings the others along; slots are just pointers here.
                if (step.Part == 0)
                {
                    sums = room;
                    int theirs = plan.Covers[step.Rank].Count * bytes;
                    mesh.Receive(
                        step.Rank,
                        Header<byte>(kind, FrameOperation.Contribution, sequence, 0, theirs) with
                        {
                            Type = TypeOf<T>(),
                        },
                        new HostBuffer<byte>(sums, theirs)
                    );
                    room += Padded(theirs);
                }

                slots[step.Into.Index] = (nint)(sums + ((long)step.Part * bytes));
            }
            else
            {
                if (step.Into.Place == OperandPlace.Result)
                {
                    // What was posted may be the result's own memory.
                    mesh.Flush();
                }

                Add(step, contributions, result, new Chunk(0, result.Length));
            }
        }
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

    private void Add<T>(in ReductionStep step, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result, Chunk chunk)
        where T : unmanaged
    {
        HostBuffer<T> left = Locate(step.Left, contributions, result, chunk);
        HostBuffer<T> right = Locate(step.Right, contributions, result, chunk);
        HostBuffer<T> into = Locate(step.Into, contributions, result, chunk);
        if (typeof(T) == typeof(float))
        {
            TensorPrimitives.Add(
                new ReadOnlySpan<float>(left.Pointer, left.Length),
                new ReadOnlySpan<float>(right.Pointer, right.Length),
                new Span<float>(into.Pointer, into.Length)
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

    private HostBuffer<T> Locate<T>(Operand operand, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result, Chunk chunk)
        where T : unmanaged =>
        operand.Place switch
        {
            OperandPlace.Own => contributions[operand.Index].Slice(chunk.Start, chunk.Count),
            OperandPlace.Slot => new HostBuffer<T>((T*)slots[operand.Index], chunk.Count),
            _ => result.Slice(chunk.Start, chunk.Count),
        };

    private static FrameHeader Header<T>(FrameKind kind, FrameOperation operation, long sequence, int part, int count)
        where T : unmanaged =>
        new(kind, operation, sequence, part, typeof(T) == typeof(byte) ? ElementType.Byte : TypeOf<T>(), checked(count * sizeof(T)));

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

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
