using System.Runtime.InteropServices;
using MessagePack;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Serialization;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>
/// The wire of <see cref="FollowServer"/>: a request, the source's state as in <see cref="StateTransfer"/>, then for each step a
/// <see cref="CommitHeader"/> and its parts; empty control frames in between say that the source is there.
/// </summary>
internal static class FollowStream
{
    private const int ChunkFloats = 256 * 1024;
    private const int LongestHeader = 64 * 1024;

    public static void Request(FrameConnection connection) => KeepAlive(connection, 0);

    public static void AwaitRequest(FrameConnection connection) => connection.Receive(Alive(0), []);

    /// <summary>The source is there, and has completed so many steps.</summary>
    public static void KeepAlive(FrameConnection connection, long latest) => connection.Send(Alive(latest), ReadOnlySpan<byte>.Empty);

    public static void SendStep(FrameConnection connection, CommitCopy step, long latest)
    {
        var header = MessagePackSerializer.Serialize(
            new CommitHeader(
                step.Generation,
                latest,
                step.Gradient.Length,
                [.. step.Statistics.Select(values => new StatePart(values.Name, values.Values.Length))]
            ),
            ClosedMessagePackSerializer.Options
        );
        var part = 0;
        connection.Send(FrameHeader.Message(FrameKind.State, step.Step, part++, header.Length), header);
        foreach (var chunk in Chunks([step.Gradient, .. step.Statistics.Select(values => values.Values)]))
        {
            var bytes = MemoryMarshal.AsBytes(chunk.Span);
            connection.Send(FrameHeader.Message(FrameKind.State, step.Step, part++, bytes.Length), bytes);
        }
    }

    /// <summary>The state that a follower begins with, into a spare of the same shape.</summary>
    /// <exception cref="StateTransferException">It is not what it claims.</exception>
    /// <exception cref="PeerLostException">No byte for the connection's deadline, or closed.</exception>
    /// <param name="partReceived">Called after each chunk.</param>
    public static void ReceiveState(FrameConnection connection, IRankState spare, Action? partReceived = null)
    {
        var first = NextFrame(connection, null);
        StateTransfer.ReceiveState(connection, first, spare, partReceived);
    }

    /// <summary>The next step, and how many the source had completed when it sent it.</summary>
    /// <param name="gradient">As long as a gradient; holds it when this returns, if there is one.</param>
    /// <param name="alive">Told how many steps the source has completed, while it has nothing to send.</param>
    public static (CommittedStep Step, long Generation, long Latest) ReceiveStep(
        FrameConnection connection,
        HostBuffer<float> gradient,
        Action<long> alive
    )
    {
        var first = NextFrame(connection, alive);
        var header = ReadHeader(connection, first);
        if (header.GradientLength is not 0 && header.GradientLength != gradient.Length)
        {
            throw new StateTransferException(
                $"{connection.PeerName}'s gradient has {header.GradientLength} numbers, this run's has {gradient.Length}"
            );
        }

        var part = 1;
        for (var start = 0; start < header.GradientLength; start += ChunkFloats)
        {
            Receive(gradient.Slice(start, Math.Min(ChunkFloats, header.GradientLength - start)).Span);
        }

        var statistics = header.Parts.Select(p => new SlotValues(p.Name, new float[p.Length])).ToArray();
        foreach (var chunk in Chunks(statistics.Select(values => values.Values)))
        {
            Receive(chunk.Span);
        }

        return (
            new CommittedStep(first.Sequence, header.GradientLength == 0 ? null : gradient, statistics),
            header.Generation,
            header.Latest
        );

        void Receive(Span<float> into)
        {
            var bytes = MemoryMarshal.AsBytes(into);
            connection.Receive(FrameHeader.Message(FrameKind.State, first.Sequence, part++, bytes.Length), bytes);
        }
    }

    /// <summary>The next frame that says something.</summary>
    private static FrameHeader NextFrame(FrameConnection connection, Action<long>? alive)
    {
        while (true)
        {
            var frame = connection.ReceiveHeader(LongestHeader);
            if (frame.Kind != FrameKind.Control || frame.Length > 0)
            {
                return frame;
            }

            connection.ReceivePayload([]);
            alive?.Invoke(frame.Sequence);
        }
    }

    private static FrameHeader Alive(long latest) => FrameHeader.Message(FrameKind.Control, latest, 0, 0);

    // Statistics are small: a length beyond is no run's.
    private static CommitHeader ReadHeader(FrameConnection connection, FrameHeader frame) =>
        StateTransfer.ReadHeader<CommitHeader>(
            connection,
            frame,
            "a committed step's",
            header => header.GradientLength >= 0 && header.Parts.All(part => part.Length is >= 0 and <= 1 << 26)
        );

    private static IEnumerable<Memory<float>> Chunks(IEnumerable<float[]> arrays)
    {
        foreach (var array in arrays)
        {
            for (var start = 0; start < array.Length; start += ChunkFloats)
            {
                yield return array.AsMemory(start, Math.Min(ChunkFloats, array.Length - start));
            }
        }
    }
}
