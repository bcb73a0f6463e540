using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Transport.Tls;

/// <summary>
/// A socket with TLS, 1.3 or 1.2, whose both sides show certificates. Nothing is sent at once: a record has to leave whole, and who posts may not wait for that.
/// No close_notify is sent: frames say how long they are, so an end amid one is seen, and one between two is as good as a peer that died.
/// </summary>
internal sealed class TlsSocket : FrameSocket
{
    // Most that a record holds: who reads so many bytes gets all of one, and nothing of it is left in the stream.
    private const int RecordLength = 16 << 10;

    // An alert of TLS 1.3 looks like data, of 2 bytes with their kind and tag. No frame is that short, so behind a frame it can be nothing else.
    private const byte Alert = 21;
    private const byte Data = 23;
    private const int SealedAlert = 2 + 1 + 16;

    private readonly Lock gate = new();
    private readonly RecordStream records;
    private readonly SslStream stream;
    private readonly byte[] read = new byte[RecordLength];
    private int readStart;
    private int readEnd;
    private int calls;
    private bool closed;

    public TlsSocket(Socket socket)
        : base(socket)
    {
        records = new RecordStream(ReceiveBytes, SendBytes);
        stream = new SslStream(records, leaveInnerStreamOpen: false);
    }

    public override bool HasInput => readEnd > readStart || records.Waiting.Length > 0 || base.HasInput;

    public override bool HasEnded
    {
        get
        {
            if (readEnd > readStart)
            {
                return false;
            }

            if (records.Waiting.Length >= TlsMismatch.Head)
            {
                return IsAlert(records.Waiting);
            }

            Span<byte> head = stackalloc byte[TlsMismatch.Head];
            return records.Waiting.Length == 0
                && base.HasInput
                && (Peek(head) is var came && (came == 0 || (came == head.Length && IsAlert(head))));
        }
    }

    /// <summary>What came instead of TLS was Hello: who sent it can be told so, without TLS.</summary>
    public bool CameHello => records.CameHello;

    /// <summary>Why the other side is not trusted; null where it is. Set by the handshake; <see cref="Establish"/> refuses to go on with it.</summary>
    public string? Distrust { get; private set; }

    /// <summary>Goes through also with one that is not trusted, so that it can be told why: see <see cref="Distrust"/>.</summary>
    /// <exception cref="TlsException">The other side speaks no TLS, or none that goes together with this one's.</exception>
    /// <exception cref="SocketException">The connection broke, or the handshake's time is over.</exception>
    public void AuthenticateAsServer(PeerCertificates certificates) =>
        Authenticate(() =>
            stream.AuthenticateAsServer(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificates.Own,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                    CertificateChainPolicy = certificates.Policy(),
                    RemoteCertificateValidationCallback = (_, theirs, chain, errors) => Judge(certificates, theirs, chain, errors) || true,
                }
            )
        );

    /// <exception cref="TlsException">Also where the other side is not trusted.</exception>
    /// <param name="host">Whom it dialed.</param>
    public void AuthenticateAsClient(PeerCertificates certificates, string host) =>
        Authenticate(() =>
            stream.AuthenticateAsClient(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificateContext = certificates.Own,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                    CertificateChainPolicy = certificates.Policy(),
                    RemoteCertificateValidationCallback = (_, theirs, chain, errors) => Judge(certificates, theirs, chain, errors),
                }
            )
        );

    public override void Establish()
    {
        if (!stream.IsMutuallyAuthenticated || Distrust is not null)
        {
            throw new InvalidOperationException($"Whoever is not trusted gets no connection: {Distrust}");
        }

        base.Establish();
    }

    public override int TrySend(ReadOnlySpan<byte> bytes, bool more) => 0;

    public override void Send(ReadOnlySpan<byte> bytes)
    {
        Enter();
        try
        {
            stream.Write(bytes);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or AuthenticationException)
        {
            Rethrow(records.SendFailure);
            throw new TlsException($"TLS broke: {Innermost(failure)}", failure);
        }
        finally
        {
            Leave();
        }
    }

    public override int Receive(Span<byte> into)
    {
        if (readStart == readEnd)
        {
            if (into.Length >= RecordLength)
            {
                return ReadRecord(into);
            }

            (readStart, readEnd) = (0, ReadRecord(read));
        }

        int taken = Math.Min(into.Length, readEnd - readStart);
        read.AsSpan(readStart, taken).CopyTo(into);
        readStart += taken;
        return taken;
    }

    // The stream goes when no thread is in it any more.
    public override void Close(bool abort)
    {
        base.Close(abort);
        bool last;
        lock (gate)
        {
            last = !closed && calls == 0;
            closed = true;
        }

        if (last)
        {
            stream.Dispose();
        }
    }

    private static bool IsAlert(ReadOnlySpan<byte> head) => head[0] == Alert || (head[0] == Data && head[3] == 0 && head[4] == SealedAlert);

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure.Message;
    }

    private static void Rethrow(Exception? failure)
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private bool Judge(PeerCertificates certificates, X509Certificate? theirs, X509Chain? chain, SslPolicyErrors errors)
    {
        bool trusted = theirs is not null && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        Distrust = trusted ? null : certificates.Explain(theirs as X509Certificate2, chain);
        return trusted;
    }

    private void Authenticate(Action handshake)
    {
        Enter();
        try
        {
            handshake();
        }
        catch (Exception failure) when (failure is not ObjectDisposedException)
        {
            Rethrow(records.ReceiveFailure ?? records.SendFailure);
            if (records.CameHello || records.CameRubbish)
            {
                throw new TlsException(records.CameHello ? TlsMismatch.OtherHasNone : "what came is no TLS", failure);
            }

            if (Distrust is null && records.HasEnded)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            throw new TlsException(Distrust ?? $"the TLS handshake failed: {Innermost(failure)}", failure);
        }
        finally
        {
            Leave();
        }
    }

    private int ReadRecord(Span<byte> into)
    {
        Enter();
        try
        {
            return stream.Read(into);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or AuthenticationException)
        {
            Rethrow(records.ReceiveFailure);
            return records.HasEnded ? 0 : throw new TlsException($"TLS broke: {Innermost(failure)}", failure);
        }
        finally
        {
            Leave();
        }
    }

    private void Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            calls++;
        }
    }

    private void Leave()
    {
        bool last;
        lock (gate)
        {
            last = --calls == 0 && closed;
        }

        if (last)
        {
            stream.Dispose();
        }
    }
}
