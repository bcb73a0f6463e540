using System.Net.Sockets;
using System.Text;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tls;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// One duplex connection after Hello. One thread may send while another receives; Close may come from any thread and wakes both.
/// Frames of another group or generation are refused. Failures are <see cref="PeerLostException"/>.
/// </summary>
public sealed partial class FrameConnection : IDisposable
{
    // Small frames leave in one call and arrive in one call with what stands before them; of a big one at most this much is copied.
    internal const int Inline = 16 * 1024;

    private readonly FrameSocket socket;
    private readonly byte[] groupId;
    private readonly long generation;
    private readonly FixedWriter output = new(new byte[FrameCodec.PrefixLength + FrameCodec.MaxHeader + Inline]);
    private readonly byte[] input = new byte[FrameCodec.PrefixLength + FrameCodec.MaxHeader + Inline];
    private int inputStart;
    private int inputEnd;
    private int readAhead;
    private FrameHeader current;
    private TimeSpan deadline;
    private int closed;

    internal FrameConnection(FrameSocket socket, Hello hello, int peerRank, string peerName, TimeSpan deadline, IFrameTraffic? traffic)
    {
        this.socket = socket;
        socket.Establish();
        groupId = Encoding.UTF8.GetBytes(hello.GroupId);
        generation = hello.Generation;
        Service = hello.Service;
        PeerRank = peerRank;
        PeerName = peerName;
        Traffic = traffic;
        Deadline = deadline;
    }

    /// <summary>Name of the other side.</summary>
    public string PeerName { get; }

    /// <summary>Rank of the other side in its group; −1 where it is none.</summary>
    public int PeerRank { get; }

    /// <summary>What the dialer asked for.</summary>
    public string Service { get; }

    /// <summary>Where bytes are counted.</summary>
    public IFrameTraffic? Traffic { get; set; }

    /// <summary>Memory that both ends have mapped; null where they share none. Whoever owns the connection disposes it, when nobody reads it any more.</summary>
    internal SharedPair? Shared { get; init; }

    /// <summary>What the other side has said of its host (<see cref="Hello.HostKey"/>).</summary>
    internal string HostKey { get; init; } = "";

    /// <summary>Lanes that the other side would have.</summary>
    internal int Lanes { get; init; } = 1;

    /// <summary>Whether a receive would not wait: there are bytes, or the end of the connection.</summary>
    internal bool HasInput
    {
        get
        {
            try
            {
                return inputEnd > inputStart || socket.HasInput;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Called now and then while a receive waits; what it throws ends the receive.</summary>
    internal Action? Watch
    {
        get => socket.Watch;
        set => socket.Watch = value;
    }

    /// <summary>The other side has reset the connection, which only one that aborts or is broken does.</summary>
    internal bool HasAborted
    {
        get
        {
            try
            {
                return socket.IsReset;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>The other side has closed the connection or has ended, and nothing that it sent is left. For the thread that receives.</summary>
    internal bool HasLeft
    {
        get
        {
            try
            {
                return inputEnd == inputStart && socket.HasEnded;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Longest time without a byte, sending or receiving.</summary>
    public TimeSpan Deadline
    {
        get => deadline;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            if (deadline == value)
            {
                return;
            }

            deadline = value;
            try
            {
                socket.Deadline = value;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // A broken or closed connection has no use for a deadline; its next call says what happened.
            }
        }
    }

    /// <summary>Dials a service of another process's <see cref="FrameListener"/>, again and again while it does not know the generation.</summary>
    /// <param name="deadline">Longest time to connect, and then the connection's <see cref="Deadline"/>.</param>
    /// <param name="certificates">As the listener there has them (<see cref="FrameListener.Certificates"/>); null: without TLS.</param>
    /// <exception cref="PeerLostException">Not reached within the deadline, or refused.</exception>
    public static FrameConnection Open(
        string host,
        int port,
        string groupId,
        long generation,
        byte[] secret,
        string service,
        string myName,
        string peerName,
        TimeSpan deadline,
        CancellationToken cancellation,
        Func<PeerCertificates>? certificates = null
    ) =>
        new Dialer(host, port, new Hello(groupId, generation, secret, -1, -1, service, myName), -1, peerName, certificates).Dial(
            deadline,
            deadline,
            null,
            cancellation
        );

    /// <summary>The next frame's header, whatever it is, checked for group, generation and the bound on its length.</summary>
    /// <param name="maxLength">Most bytes of payload that the caller takes.</param>
    public FrameHeader ReceiveHeader(int maxLength)
    {
        current = FrameHeader.Message(FrameKind.Control, 0, 0, -1);
        readAhead = input.Length;
        FrameHeader header = NextHeader();
        if (header.Length < 0 || header.Length > maxLength)
        {
            throw Lost(PeerLossCause.Protocol, $"expected length 0 to {maxLength}, got {header.Length}");
        }

        current = header;
        return header;
    }

    /// <summary>Takes the payload of the last header; <paramref name="into"/> is exactly as long.</summary>
    public void ReceivePayload(Span<byte> into)
    {
        if (into.Length != current.Length)
        {
            throw new ArgumentException($"The payload has {current.Length} bytes, the buffer {into.Length}.", nameof(into));
        }

        int buffered = Math.Min(into.Length, inputEnd - inputStart);
        input.AsSpan(inputStart, buffered).CopyTo(into);
        inputStart += buffered;
        for (Span<byte> rest = into[buffered..]; rest.Length > 0; )
        {
            rest = rest[ReceiveSome(rest)..];
        }

        Traffic?.Count(current.Kind, 0, into.Length);
    }

    /// <summary>Takes the payload of the last header into memory that does not move.</summary>
    public void ReceivePayload(HostBuffer<byte> into) => ReceivePayload(into.Span);

    /// <summary>Takes one frame that has to be exactly as expected.</summary>
    public void Receive(in FrameHeader expected, Span<byte> into)
    {
        ReceiveHeader(expected, expected.Length);
        ReceivePayload(into);
    }

    /// <summary>Takes the next header, refuses one that is not as expected, returns the payload's length.</summary>
    internal int ReceiveHeader(in FrameHeader expected, int maxLength)
    {
        current = expected;

        // Behind a header comes its payload: of a big one little is read that would have to be copied.
        readAhead = expected.Length > Inline ? FrameCodec.PrefixLength + FrameCodec.MaxHeader : input.Length;
        FrameHeader header = NextHeader();
        if (expected.Mismatch(header, maxLength) is { } mismatch)
        {
            throw Lost(PeerLossCause.Protocol, mismatch);
        }

        current = header;
        return header.Length;
    }

    /// <summary>Ends the connection; blocked calls of both sides throw.</summary>
    public void Close() => Close(abort: false);

    /// <param name="abort">Reset the connection: the other side sees it even while it waits for somebody else.</param>
    internal void Close(bool abort)
    {
        if (Interlocked.Exchange(ref closed, 1) != 0)
        {
            return;
        }

        socket.Close(abort);
    }

    public void Dispose() => Close();

    private FrameHeader NextHeader()
    {
        Fill(FrameCodec.PrefixLength);
        string? problem = FrameCodec.ReadPrefix(input.AsSpan(inputStart, FrameCodec.PrefixLength), FrameCodec.MaxHeader, out int length);
        FrameHeader header = default;
        if (problem is null)
        {
            Fill(FrameCodec.PrefixLength + length);
            problem = FrameCodec.ReadHeader(input.AsMemory(inputStart + FrameCodec.PrefixLength, length), groupId, generation, out header);
        }

        if (problem is not null)
        {
            throw Lost(PeerLossCause.Protocol, $"{problem}, where {current.Describe()} was expected");
        }

        inputStart += FrameCodec.PrefixLength + length;
        Traffic?.Count(header.Kind, 0, FrameCodec.PrefixLength + length);
        return header;
    }

    // At least so many bytes from inputStart on.
    private void Fill(int needed)
    {
        if (inputEnd - inputStart >= needed)
        {
            return;
        }

        input.AsSpan(inputStart, inputEnd - inputStart).CopyTo(input);
        inputEnd -= inputStart;
        inputStart = 0;
        while (inputEnd < needed)
        {
            inputEnd += ReceiveSome(input.AsSpan(inputEnd, Math.Max(needed, readAhead) - inputEnd));
        }
    }

    private int ReceiveSome(Span<byte> into)
    {
        try
        {
            int read = socket.Receive(into);
            return read > 0 ? read : throw Lost(PeerLossCause.Closed, $"expected {current.Describe()}");
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            throw Lost(Cause(failure), $"expected {current.Describe()}", failure);
        }
    }

    private static bool IsLoss(Exception failure) => failure is SocketException or ObjectDisposedException or TlsException;

    private static PeerLossCause Cause(Exception failure) =>
        failure switch
        {
            SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } => PeerLossCause.Deadline,
            SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted } or ObjectDisposedException =>
                PeerLossCause.Closed,
            TlsException => PeerLossCause.Protocol,
            _ => PeerLossCause.Reset,
        };

    private PeerLostException Lost(PeerLossCause cause, string what, Exception? inner = null) =>
        new(
            PeerRank,
            PeerName,
            cause,
            cause == PeerLossCause.Deadline ? deadline : TimeSpan.Zero,
            (Volatile.Read(ref closed) != 0 ? $"closed on this side while {what}" : what)
                + (inner is TlsException ? $" ({inner.Message})" : ""),
            inner
        );
}
