using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tls;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>Connects to a listener and says Hello, again and again while nobody listens or the generation is not known there yet.</summary>
/// <param name="certificates">Null: without TLS.</param>
/// <param name="place">Where what the listener shares is looked for; null where nothing is shared.</param>
internal sealed class Dialer(
    string host,
    int port,
    Hello hello,
    int peerRank,
    string peerName,
    Func<PeerCertificates>? certificates,
    SharedMemoryPlace? place = null
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <exception cref="PeerLostException">Deadline (with the last problem), Refused, or Protocol.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public FrameConnection Dial(TimeSpan connectDeadline, TimeSpan deadline, IFrameTraffic? traffic, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        string last = "not tried";
        for (TimeSpan pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)))
        {
            cancellation.ThrowIfCancellationRequested();
            TimeSpan left = connectDeadline - Stopwatch.GetElapsedTime(start);
            if (left < TimeSpan.FromMilliseconds(1))
            {
                string what = $"no connection to {host}:{port} within {connectDeadline.TotalSeconds:0.###} s (last: {last})";
                throw new PeerLostException(peerRank, peerName, PeerLossCause.Deadline, Stopwatch.GetElapsedTime(start), what);
            }

            try
            {
                if (Connect(left, cancellation, out SharedPair? shared, out HelloAnswer answer) is { } socket)
                {
                    return new FrameConnection(socket, hello, peerRank, peerName, deadline, traffic)
                    {
                        Shared = shared,
                        HostKey = answer.HostKey,
                        Lanes = answer.Lanes,
                    };
                }

                last = answer.Reason;
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                last = failure is SocketException error ? error.SocketErrorCode.ToString() : "timed out";
            }
            catch (TlsException failure)
            {
                throw Lost(PeerLossCause.Refused, $"{host}:{port}: {failure.Message}", failure);
            }

            cancellation.WaitHandle.WaitOne(pause < left ? pause : left);
        }
    }

    // A welcomed socket, or null and an answer with a problem that may go away.
    private FrameSocket? Connect(TimeSpan left, CancellationToken cancellation, out SharedPair? shared, out HelloAnswer answer)
    {
        long start = Stopwatch.GetTimestamp();
        IPAddress address = Resolve();
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        TlsSocket? secured = certificates is null ? null : new TlsSocket(socket);
        FrameSocket wire = secured ?? (FrameSocket)new PlainSocket(socket);
        bool welcome = false;
        shared = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(left);
            using (limit.Token.Register(socket.Dispose))
            {
                socket.Connect(new IPEndPoint(address, port));
                var handshake = new HandshakeSocket(wire, left - Stopwatch.GetElapsedTime(start));
                secured?.AuthenticateAsClient(certificates!(), host);
                answer = Greet(handshake);
                shared = answer.Segment.Length > 0 ? SharingHandshake.Accept(handshake, answer, place) : null;
            }

            welcome = answer.Code == AnswerCode.Welcome && !limit.IsCancellationRequested;
            return welcome ? wire : null;
        }
        finally
        {
            if (!welcome)
            {
                wire.Close(abort: false);
                shared?.Dispose();
                shared = null;
            }
        }
    }

    private HelloAnswer Greet(HandshakeSocket handshake)
    {
        handshake.Write(HelloCodec.Write(hello));
        string? problem = handshake.Read(out ReadOnlyMemory<byte> message);
        HelloAnswer? answer = problem is null ? HelloCodec.ReadAnswer(message) : null;
        if (answer is null)
        {
            throw Lost(PeerLossCause.Protocol, $"{host}:{port} answered Hello with something else ({problem ?? "malformed"})");
        }

        return answer.Code == AnswerCode.Welcome || answer.Retriable
            ? answer
            : throw Lost(PeerLossCause.Refused, $"{host}:{port} refused Hello: {answer.Reason}");
    }

    private PeerLostException Lost(PeerLossCause cause, string what, Exception? inner = null) =>
        new(peerRank, peerName, cause, TimeSpan.Zero, what, inner);

    // Listeners bind IPv4 addresses; a name may have others too.
    private IPAddress Resolve()
    {
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return literal;
        }

        IPAddress[] addresses = Dns.GetHostAddresses(host);
        return Array.Find(addresses, address => address.AddressFamily == AddressFamily.InterNetwork)
            ?? (addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound));
    }
}
