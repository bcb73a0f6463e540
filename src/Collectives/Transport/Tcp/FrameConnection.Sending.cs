namespace Orchestrator.Collectives.Transport.Tcp;

// How frames leave: a small payload behind its header, a big one from where it lies.
public sealed partial class FrameConnection
{
    // Of the frame that was begun: what of header and inlined payload, and what of the payload, has not left.
    private int unsentStart;
    private int unsentEnd;
    private HostBuffer<byte> unsent;

    /// <summary>Sends one frame; returns when the system has all of it.</summary>
    public void Send(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Length != payload.Length)
        {
            throw new ArgumentException($"The header claims {header.Length} bytes, the payload has {payload.Length}.", nameof(header));
        }

        int head = FrameCodec.Write(output, header, groupId, generation);
        int inline = Math.Min(payload.Length, Inline);
        payload[..inline].CopyTo(output.Buffer.AsSpan(head));
        SendAll(output.Buffer.AsSpan(0, head + inline), header);
        SendAll(payload[inline..], header);
        Traffic?.Count(header.Kind, head + payload.Length, 0);
    }

    /// <summary>Sends one frame from memory that does not move.</summary>
    public void Send(in FrameHeader header, HostBuffer<byte> payload) => Send(header, (ReadOnlySpan<byte>)payload.Span);

    /// <summary>Sends as much of a frame as the system takes at once. False when something is left, for <see cref="SendRest"/>.</summary>
    internal bool TrySend(in FrameHeader header, HostBuffer<byte> payload)
    {
        int head = FrameCodec.Write(output, header, groupId, generation);
        int inline = payload.Length <= Inline ? payload.Length : 0;
        payload.Span[..inline].CopyTo(output.Buffer.AsSpan(head));
        (unsentStart, unsentEnd) = (0, head + inline);
        unsent = payload.Slice(inline, payload.Length - inline);
        try
        {
            unsentStart = socket.TrySend(output.Buffer.AsSpan(0, unsentEnd), more: unsent.Length > 0);
            if (unsentStart == unsentEnd && unsent.Length > 0)
            {
                int sent = socket.TrySend(unsent.Span, more: false);
                unsent = unsent.Slice(sent, unsent.Length - sent);
            }
        }
        catch (ObjectDisposedException)
        {
            // The rest's sending says what happened.
        }

        bool done = unsentStart == unsentEnd && unsent.Length == 0;
        if (done)
        {
            Traffic?.Count(header.Kind, head + payload.Length, 0);
        }

        return done;
    }

    /// <summary>Sends what <see cref="TrySend"/> has left of a frame; returns when the system has all of it.</summary>
    internal void SendRest(in FrameHeader header, HostBuffer<byte> payload)
    {
        SendAll(output.Buffer.AsSpan(unsentStart, unsentEnd - unsentStart), header);
        SendAll(unsent.Span, header);
        Traffic?.Count(header.Kind, unsentEnd + (payload.Length <= Inline ? 0 : payload.Length), 0);
    }

    private void SendAll(ReadOnlySpan<byte> bytes, in FrameHeader header)
    {
        try
        {
            if (bytes.Length > 0)
            {
                socket.Send(bytes);
            }
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw Lost(Cause(failure), $"it did not take {header.Describe()}", failure);
        }
    }
}
