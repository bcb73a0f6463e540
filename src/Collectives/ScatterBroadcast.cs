using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport;

namespace Orchestrator.Collectives;

/// <summary>
/// Carries the root's bytes to all. From world size × 64 KiB on the root deals them out, a chunk to each other rank, and the ranks exchange
/// their chunks, so that the root sends them once and not world size − 1 times.
/// </summary>
internal static class ScatterBroadcast
{
    public static void Run(Mesh mesh, FrameKind kind, long sequence, int root, HostBuffer<byte> buffer)
    {
        // With two ranks there is nobody to exchange with.
        bool dealt = mesh.WorldSize > 2 && buffer.Length >= (long)mesh.WorldSize * TreeAllReduce.ChunkedFrom;
        int pieces = dealt ? mesh.WorldSize - 1 : 1;
        if (mesh.Rank == root)
        {
            for (int distance = 1; distance < mesh.WorldSize; distance++)
            {
                int peer = mesh.Peer(distance);
                Post(mesh, peer, kind, sequence, buffer, pieces, dealt ? Place(mesh, root, peer) : 0);
            }
        }
        else
        {
            int mine = dealt ? Place(mesh, root, mesh.Rank) : 0;
            Receive(mesh, root, kind, sequence, buffer, pieces, mine);
            if (dealt)
            {
                Exchange(mesh, kind, sequence, root, buffer, pieces, mine);
            }
        }

        mesh.Flush();
    }

    private static void Exchange(Mesh mesh, FrameKind kind, long sequence, int root, HostBuffer<byte> buffer, int pieces, int mine)
    {
        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            if (mesh.Peer(distance) != root)
            {
                Post(mesh, mesh.Peer(distance), kind, sequence, buffer, pieces, mine);
            }
        }

        for (int distance = 1; distance < mesh.WorldSize; distance++)
        {
            int peer = mesh.Peer(distance);
            if (peer != root)
            {
                Receive(mesh, peer, kind, sequence, buffer, pieces, Place(mesh, root, peer));
            }
        }
    }

    // Which piece a rank other than the root is dealt.
    private static int Place(Mesh mesh, int root, int rank) => (rank - root - 1 + mesh.WorldSize) % mesh.WorldSize;

    private static void Post(Mesh mesh, int peer, FrameKind kind, long sequence, HostBuffer<byte> buffer, int pieces, int piece)
    {
        Chunk chunk = Chunk.Of(buffer.Length, pieces, piece);
        mesh.Post(peer, Header(kind, sequence, piece, chunk), buffer.Slice(chunk.Start, chunk.Count));
    }

    private static void Receive(Mesh mesh, int peer, FrameKind kind, long sequence, HostBuffer<byte> buffer, int pieces, int piece)
    {
        Chunk chunk = Chunk.Of(buffer.Length, pieces, piece);
        mesh.Receive(peer, Header(kind, sequence, piece, chunk), buffer.Slice(chunk.Start, chunk.Count));
    }

    private static FrameHeader Header(FrameKind kind, long sequence, int piece, Chunk chunk) =>
        new(kind, FrameOperation.Broadcast, sequence, piece, ElementType.Byte, chunk.Count);
}
