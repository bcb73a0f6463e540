using System.Runtime.InteropServices;
using MessagePack;
using Orchestrator.Collectives;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.Tcp;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Shared.Serialization;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Worker.Recovery;

/// <summary>
/// A state's way from one rank to another: <c>Copy(step)</c> from the receiver, then from the source a <see cref="StateHeader"/> and the raw
/// buffers in chunks. The receiver's own state is untouched: it receives into a spare.
/// </summary>
public static class StateTransfer
{
    private const int ChunkFloats = 256 * 1024;
    private const int LongestHeader = 64 * 1024;

    /// <summary>Answers one connection's request for the state.</summary>
    /// <param name="partSent">Called after each chunk.</param>
    public static void Send(FrameConnection connection, IRankState state, string digest, Action? partSent = null)
    {
        var request = connection.ReceiveHeader(0);
        connection.ReceivePayload([]);
        if (request.Kind != FrameKind.State || request.Sequence != state.Step)
        {
            throw new StateTransferException(
                $"{connection.PeerName} asks for step {request.Sequence}; this worker is at step {state.Step}"
            );
        }

        SendState(connection, state, digest, partSent);
    }

    /// <summary>Sends the state to one who has asked for it.</summary>
    /// <param name="partSent">Called after each chunk.</param>
    public static void SendState(FrameConnection connection, IRankState state, string digest, Action? partSent = null)
    {
        var header = MessagePackSerializer.Serialize(
            new StateHeader(
                state.Step,
                state.Generation,
                digest,
                [.. state.Regions.Select(region => new StatePart(region.Name, region.Buffer.Length))]
            ),
            ClosedMessagePackSerializer.Options
        );
        var part = 0;
        connection.Send(FrameHeader.Message(FrameKind.State, state.Step, part++, header.Length), header);
        foreach (var (buffer, start, length) in Chunks(state))
        {
            var bytes = MemoryMarshal.AsBytes(buffer.Slice(start, length).Span);
            connection.Send(FrameHeader.Message(FrameKind.State, state.Step, part++, bytes.Length), bytes);
            partSent?.Invoke();
        }
    }

    /// <summary>Fetches the state after a step into a spare of the same shape, and proves its digest.</summary>
    /// <param name="digest">What it has to be.</param>
    /// <param name="partReceived">Called after each chunk.</param>
    /// <exception cref="StateTransferException">The source has another state, or the bytes are not what they claim.</exception>
    /// <exception cref="PeerLostException">No byte for the connection's deadline, or closed.</exception>
    public static void Receive(FrameConnection connection, long step, string digest, IRankState spare, Action? partReceived = null)
    {
        connection.Send(FrameHeader.Message(FrameKind.State, step, 0, 0), ReadOnlySpan<byte>.Empty);
        var header = ReadHeader(connection, connection.ReceiveHeader(LongestHeader));
        if (header.Step != step || header.Digest != digest)
        {
            throw new StateTransferException(
                $"{connection.PeerName} has step {header.Step} with digest {header.Digest}, needed is step {step} with {digest}"
            );
        }

        ReceiveParts(connection, header, spare, partReceived);
    }

    /// <summary>Takes a state of whatever step into a spare of the same shape, and proves its digest.</summary>
    /// <param name="first">The header's frame, of which the payload is still to come.</param>
    /// <exception cref="StateTransferException">The bytes are not what they claim.</exception>
    public static void ReceiveState(FrameConnection connection, FrameHeader first, IRankState spare, Action? partReceived) =>
        ReceiveParts(connection, ReadHeader(connection, first), spare, partReceived);

    private static void ReceiveParts(FrameConnection connection, StateHeader header, IRankState spare, Action? partReceived)
    {
        var (step, part) = (header.Step, 1);
        if (!header.Parts.SequenceEqual(spare.Regions.Select(region => new StatePart(region.Name, region.Buffer.Length))))
        {
            throw new StateTransferException(
                $"{connection.PeerName}'s state has other parts: {string.Join(", ", header.Parts.Select(p => $"{p.Name} {p.Length}"))}"
            );
        }

        spare.SetStep(step, header.Generation);
        if (ReceiveSlots(connection, step, part, spare, partReceived) is var received && received != header.Digest)
        {
            throw new StateTransferException($"the copy from {connection.PeerName} has digest {received}, needed is {header.Digest}");
        }
    }

    /// <returns>The digest of what came, taken of each part as soon as it is there, beside the next one's way.</returns>
    private static string ReceiveSlots(FrameConnection connection, long step, int part, IRankState spare, Action? partReceived)
    {
        var arrived = new SlotArrivals(spare.Regions.Select(region => region.Name));
        var digest = "";
        SideBySide.Run([
            () => digest = spare.Digest(arrived.Await),
            () =>
            {
                foreach (var region in spare.Regions)
                {
                    arrived.Bring(region.Name, () => ReceivePart(region.Buffer));
                }
            },
        ]);
        return digest;

        void ReceivePart(HostBuffer<float> region)
        {
            foreach (var (buffer, start, length) in Chunks(region))
            {
                var bytes = MemoryMarshal.AsBytes(buffer.Slice(start, length).Span);
                connection.Receive(FrameHeader.Message(FrameKind.State, step, part++, bytes.Length), bytes);
                partReceived?.Invoke();
            }
        }
    }

    /// <summary>Takes the payload of a frame that stands before parts.</summary>
    /// <param name="what">Whose header it has to be, for the failure's text.</param>
    /// <param name="isRight">Whether it is one that fits.</param>
    /// <exception cref="StateTransferException">It is another frame, or cannot be read.</exception>
    internal static T ReadHeader<T>(FrameConnection connection, FrameHeader frame, string what, Func<T, bool> isRight)
        where T : class
    {
        var bytes = new byte[frame.Length];
        connection.ReceivePayload(bytes);
        try
        {
            var header = frame is { Kind: FrameKind.State, Part: 0 }
                ? MessagePackSerializer.Deserialize<T>(bytes, ClosedMessagePackSerializer.Options)
                : null;
            return header is not null && isRight(header)
                ? header
                : throw new StateTransferException($"{connection.PeerName} answered with another frame than {what} header");
        }
        catch (MessagePackSerializationException e)
        {
            throw new StateTransferException($"{connection.PeerName}: {what} header cannot be read: {e.Message}");
        }
    }

    private static StateHeader ReadHeader(FrameConnection connection, FrameHeader frame) =>
        ReadHeader<StateHeader>(connection, frame, "a state's", header => header.Step == frame.Sequence);

    private static IEnumerable<(HostBuffer<float> Buffer, int Start, int Length)> Chunks(IRankState state) =>
        state.Regions.SelectMany(region => Chunks(region.Buffer));

    private static IEnumerable<(HostBuffer<float> Buffer, int Start, int Length)> Chunks(HostBuffer<float> buffer)
    {
        for (var start = 0; start < buffer.Length; start += ChunkFloats)
        {
            yield return (buffer, start, Math.Min(ChunkFloats, buffer.Length - start));
        }
    }
}

/// <summary>A state could not be copied: the message says from whom and why.</summary>
public sealed class StateTransferException(string message) : Exception(message);
