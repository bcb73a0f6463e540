using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;

namespace Orchestrator.Collectives;

/// <summary>
/// Sums of large payloads where each host has several ranks. Chunk c of a host's ranks goes to its rank at place c, which adds it up as far as the host's
/// shards go; the ranks at place c of all hosts then add up the rest of the tree, a part each, and tell one another; and each tells the others of its host. So what
/// ranks of a host could tell one another does not pass the network, and what does is the hosts' sums once. It is the same tree: the same bits.
/// In a row: while a slice is between the hosts, the next one is added up within them. Scratch holds three slices, however large the payload is.
/// </summary>
internal sealed unsafe class HostsFirst : IDisposable
{
    // Whoever has the sums of a slice knows that its contributions to that slice have been read: of those in use, one is added up, one is sent, one is summed.
    private const int Alive = 3;

    private readonly HostLayout layout;
    private readonly Mesh mesh;
    private readonly Mesh here;
    private readonly Mesh across;
    private readonly TreeAllReduce inHost;
    private readonly TreeAllReduce betweenHosts;
    private readonly int place;
    private readonly int parts;
    private readonly int mostParts;
    private readonly int mostHostParts;
    private AlignedBuffer<byte>? scratch;

    /// <param name="mesh">Of all ranks; its owner disposes it.</param>
    /// <param name="ranges">A partition of the shards, in rank order.</param>
    public HostsFirst(Mesh mesh, HostLayout layout, IReadOnlyList<ShardRange> ranges, int shards)
    {
        (this.mesh, this.layout) = (mesh, layout);
        int host = layout.HostOf(mesh.Rank);
        place = layout.PlaceOf(mesh.Rank);
        here = mesh.Part(layout.RanksOf(host));
        across = mesh.Part(layout.Counterparts(place));
        ReductionPlan planHere = ReductionPlan.For(place, [.. layout.RanksOf(host).Select(rank => ranges[rank])], shards);
        ReductionPlan planAcross = ReductionPlan.For(host, layout.HostRanges(ranges), shards);
        inHost = new TreeAllReduce(here, planHere);
        betweenHosts = new TreeAllReduce(across, planAcross);
        parts = planHere.Sums.Count;
        mostParts = ranges.Max(range => ShardTree.Cover(range, shards).Count);
        mostHostParts = planAcross.Covers.Max(cover => cover.Count);
    }

    /// <summary>How a payload is cut: within a host no larger than links hold (<see cref="TreeAllReduce.MostUnread"/>).</summary>
    /// <param name="mostParts">Most subtrees that a rank has.</param>
    /// <param name="mostHostParts">Most subtrees that a host has.</param>
    public static HostsCut Cut(int length, int elementBytes, HostLayout layout, int mostParts, int mostHostParts) =>
        HostsCut.Of(
            length,
            layout,
            elementBytes,
            TreeAllReduce.PieceBytes(layout.Hosts) / mostHostParts,
            TreeAllReduce.PieceBytes(layout.Hosts * layout.RanksOfHost) / mostParts
        );

    public void Run<T>(FrameKind kind, long sequence, ReadOnlySpan<HostBuffer<T>> contributions, HostBuffer<T> result)
        where T : unmanaged
    {
        HostsCut cut = Cut(result.Length, sizeof(T), layout, mostParts, mostHostParts);
        Span<HostBuffer<T>> hostSums = stackalloc HostBuffer<T>[Alive * parts];
        Span<HostBuffer<T>> piece = stackalloc HostBuffer<T>[parts];
        Prepare(cut, hostSums);
        var call = new Call<T>(kind, sequence, cut, contributions, hostSums, piece, result);

        // Of a slice the sums are there three slices after its contributions: added up within the host, then between hosts, then told.
        int ofSlice = cut.PiecesOfSlice;
        for (int turn = 0; turn <= cut.Pieces + (Alive * ofSlice); turn++)
        {
            if (turn < cut.Pieces)
            {
                PostContributions(call, turn);
            }

            if (turn is > 0 && turn <= cut.Pieces)
            {
                ReduceHere(call, turn - 1);
            }

            if (turn % ofSlice == 0)
            {
                Across(call, turn / ofSlice);
            }

            if (turn >= Alive * ofSlice && turn < cut.Pieces + (Alive * ofSlice))
            {
                PostSum(call, turn - (Alive * ofSlice));
            }

            if (turn > Alive * ofSlice)
            {
                ReceiveSums(call, turn - (Alive * ofSlice) - 1);
            }
        }

        mesh.Flush();
    }

    public void Dispose()
    {
        inHost.Dispose();
        betweenHosts.Dispose();
        scratch?.Dispose();
    }

    private void PostContributions<T>(in Call<T> call, int piece)
        where T : unmanaged
    {
        for (int distance = 1; distance < here.WorldSize; distance++)
        {
            int peer = here.Peer(distance);
            Chunk theirs = call.Cut.Piece(peer, piece);
            for (int part = 0; part < call.Contributions.Length; part++)
            {
                here.Post(
                    peer,
                    TreeAllReduce.Header<T>(call.Kind, FrameOperation.Contribution, call.Sequence, part, theirs.Count),
                    call.Contributions[part].Slice(theirs.Start, theirs.Count).Bytes
                );
            }
        }
    }

    private void ReduceHere<T>(in Call<T> call, int piece)
        where T : unmanaged
    {
        int slice = piece / call.Cut.PiecesOfSlice;
        Chunk mine = call.Cut.Piece(place, piece);
        int offset = mine.Start - call.Cut.Slices.Of(place, slice).Start;
        for (int part = 0; part < parts; part++)
        {
            call.Piece[part] = HostSums(call, slice)[part].Slice(offset, mine.Count);
        }

        inHost.Reduce(call.Kind, call.Sequence, call.Contributions, mine, call.Piece);
    }

    // The slice that is added up within the host goes out; the one before is summed up; of that before, the other hosts' parts come.
    private void Across<T>(in Call<T> call, int turn)
        where T : unmanaged
    {
        if (turn > 0 && turn <= call.Cut.Slices.Pieces)
        {
            PostHostSums(call, turn - 1);
        }

        if (turn > 1 && turn <= call.Cut.Slices.Pieces + 1)
        {
            ReduceAcross(call, turn - 2);
        }

        if (turn > 2 && turn <= call.Cut.Slices.Pieces + 2)
        {
            ReceiveParts(call, turn - 3);
        }
    }

    private void PostHostSums<T>(in Call<T> call, int slice)
        where T : unmanaged
    {
        for (int distance = 1; distance < across.WorldSize; distance++)
        {
            int host = across.Peer(distance);
            Chunk theirs = OfSlice(call.Cut, slice, host);
            for (int part = 0; part < parts; part++)
            {
                across.Post(
                    host,
                    TreeAllReduce.Header<T>(call.Kind, FrameOperation.Contribution, call.Sequence, part, theirs.Count),
                    HostSums(call, slice)[part].Slice(theirs.Start, theirs.Count).Bytes
                );
            }
        }
    }

    private void ReduceAcross<T>(in Call<T> call, int slice)
        where T : unmanaged
    {
        Chunk mine = call.Cut.Part(place, slice, across.Rank);
        HostBuffer<T> sum = call.Result.Slice(mine.Start, mine.Count);
        betweenHosts.Reduce(
            call.Kind,
            call.Sequence,
            HostSums(call, slice),
            OfSlice(call.Cut, slice, across.Rank),
            new ReadOnlySpan<HostBuffer<T>>(in sum)
        );
        for (int distance = 1; distance < across.WorldSize; distance++)
        {
            across.Post(
                across.Peer(distance),
                TreeAllReduce.Header<T>(call.Kind, FrameOperation.Reduced, call.Sequence, across.Rank, mine.Count),
                sum.Bytes
            );
        }
    }

    private void ReceiveParts<T>(in Call<T> call, int slice)
        where T : unmanaged
    {
        for (int distance = 1; distance < across.WorldSize; distance++)
        {
            int host = across.Peer(distance);
            Receive(call, across, host, call.Cut.Part(place, slice, host));
        }
    }

    private void PostSum<T>(in Call<T> call, int piece)
        where T : unmanaged
    {
        Chunk mine = call.Cut.Piece(place, piece);
        for (int distance = 1; distance < here.WorldSize; distance++)
        {
            here.Post(
                here.Peer(distance),
                TreeAllReduce.Header<T>(call.Kind, FrameOperation.Reduced, call.Sequence, place, mine.Count),
                call.Result.Slice(mine.Start, mine.Count).Bytes
            );
        }
    }

    // A chunk's sum is told by who has read all contributions to it, so the result may overwrite the own one here.
    private void ReceiveSums<T>(in Call<T> call, int piece)
        where T : unmanaged
    {
        for (int distance = 1; distance < here.WorldSize; distance++)
        {
            int peer = here.Peer(distance);
            Receive(call, here, peer, call.Cut.Piece(peer, piece));
        }
    }

    private static void Receive<T>(in Call<T> call, Mesh from, int peer, Chunk theirs)
        where T : unmanaged =>
        from.Receive(
            peer,
            TreeAllReduce.Header<T>(call.Kind, FrameOperation.Reduced, call.Sequence, peer, theirs.Count),
            call.Result.Slice(theirs.Start, theirs.Count).Bytes
        );

    // A host's part of a slice, from the slice's begin on.
    private Chunk OfSlice(HostsCut cut, int slice, int host)
    {
        Chunk part = cut.Part(place, slice, host);
        return part with { Start = part.Start - cut.Slices.Of(place, slice).Start };
    }

    private ReadOnlySpan<HostBuffer<T>> HostSums<T>(in Call<T> call, int slice)
        where T : unmanaged => call.HostSums.Slice(slice % Alive * parts, parts);

    private void Prepare<T>(HostsCut cut, Span<HostBuffer<T>> hostSums)
        where T : unmanaged
    {
        inHost.Prepare((long)cut.LongestPiece * sizeof(T));
        betweenHosts.Prepare((long)cut.LongestPart * sizeof(T));
        long stride = TreeAllReduce.Padded((long)cut.Slices.Longest * sizeof(T));
        long bytes = stride * hostSums.Length;
        if (scratch is null || scratch.Length < bytes)
        {
            scratch?.Dispose();
            scratch = null;
            scratch = new AlignedBuffer<byte>(checked((int)bytes));
        }

        for (int sum = 0; sum < hostSums.Length; sum++)
        {
            hostSums[sum] = new HostBuffer<T>((T*)(scratch.Host.Pointer + (sum * stride)), cut.Slices.Longest);
        }
    }

    private readonly ref struct Call<T>(
        FrameKind kind,
        long sequence,
        HostsCut cut,
        ReadOnlySpan<HostBuffer<T>> contributions,
        ReadOnlySpan<HostBuffer<T>> hostSums,
        Span<HostBuffer<T>> piece,
        HostBuffer<T> result
    )
        where T : unmanaged
    {
        public FrameKind Kind { get; } = kind;

        public long Sequence { get; } = sequence;

        public HostsCut Cut { get; } = cut;

        public ReadOnlySpan<HostBuffer<T>> Contributions { get; } = contributions;

        // Three slices' sums of the host, one behind the other.
        public ReadOnlySpan<HostBuffer<T>> HostSums { get; } = hostSums;

        // Of them, what the piece at hand is added up to.
        public Span<HostBuffer<T>> Piece { get; } = piece;

        public HostBuffer<T> Result { get; } = result;
    }
}
