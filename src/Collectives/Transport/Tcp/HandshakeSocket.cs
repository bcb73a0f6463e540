using System.Diagnostics;
using System.Net.Sockets;
using Orchestrator.Collectives.Transport.Tls;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>A connection before it is one: exact reads within an absolute deadline, so that a slow sender of single bytes gains nothing.</summary>
internal sealed class HandshakeSocket
{
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly FrameSocket socket;
    private readonly TimeSpan deadline;

    /// <param name="socket">Whatever it sends and receives, a handshake of TLS before all, has so long together.</param>
    public HandshakeSocket(FrameSocket socket, TimeSpan deadline)
    {
        this.socket = socket;
        this.deadline = deadline;
        socket.HandshakeLeft = Left;
    }

    /// <summary>What came was TLS.</summary>
    public bool CameTls { get; private set; }

    /// <summary>The bytes of one framed message of at most <see cref="HelloCodec.MaxLength"/>, or null and what was wrong.</summary>
    /// <exception cref="SocketException">The connection broke, or the deadline passed.</exception>
    public string? Read(out ReadOnlyMemory<byte> message)
    {
        message = default;
        var prefix = new byte[FrameCodec.PrefixLength];
        ReadExactly(prefix);
        CameTls = TlsMismatch.IsClientHello(prefix);
        if (CameTls)
        {
            return TlsMismatch.OtherHasTls;
        }

        if (FrameCodec.ReadPrefix(prefix, HelloCodec.MaxLength, out int length) is { } problem)
        {
            return problem;
        }

        var body = new byte[length];
        ReadExactly(body);
        message = body;
        return null;
    }

    public void Write(ReadOnlyMemory<byte> message) => socket.Send(message.Span);

    private void ReadExactly(Span<byte> into)
    {
        while (into.Length > 0)
        {
            int read = socket.Receive(into);
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            into = into[read..];
        }
    }

    private int Left()
    {
        double left = (deadline - Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
        return left >= 1 ? (int)Math.Min(left, int.MaxValue) : throw new SocketException((int)SocketError.TimedOut);
    }
}
