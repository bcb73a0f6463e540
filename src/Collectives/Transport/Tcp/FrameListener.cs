using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tls;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// The one door of a process on the data plane: accepts, reads one Hello, hands the connection to whoever registered its group,
/// generation and service, and closes everything else.
/// </summary>
public sealed class FrameListener : IDisposable
{
    private const int MaxHandshakes = 256;
    private static readonly TimeSpan PauseWhenShort = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DefaultHelloDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(120);

    private readonly Lock gate = new();
    private readonly Dictionary<TargetKey, IHelloTarget> targets = [];
    private readonly Dictionary<Thread, Socket> greeting = [];
    private readonly HashSet<Thread> threads = [];
    private readonly ManualResetEvent ending = new(initialState: false);
    private readonly Socket socket;
    private readonly Thread acceptor;
    private readonly TimeSpan helloDeadline;
    private readonly Action<string>? report;
    private readonly int[] told = new int[2];
    private bool disposed;

    /// <param name="host">Address or name to bind, such as 127.0.0.1 or 0.0.0.0.</param>
    /// <param name="port">Port, 0 for a free one.</param>
    /// <param name="report">Gets, on any thread, a sentence for each connection that was refused or whose service failed.</param>
    /// <param name="helloDeadline">Longest time until a whole Hello is there (5 s).</param>
    /// <param name="certificates">Asked for each connection, on any thread: whoever connects has to speak TLS. Null: nobody may.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public FrameListener(
        string host,
        int port,
        Action<string>? report = null,
        TimeSpan? helloDeadline = null,
        Func<PeerCertificates>? certificates = null
    )
    {
        Certificates = certificates;
        this.report = report;
        this.helloDeadline = helloDeadline ?? DefaultHelloDeadline;
        IPAddress address = IPAddress.TryParse(host, out IPAddress? literal)
            ? literal
            : Array.Find(Dns.GetHostAddresses(host), candidate => candidate.AddressFamily == AddressFamily.InterNetwork)
                ?? throw new SocketException((int)SocketError.HostNotFound);
        socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(MaxHandshakes);
            EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        acceptor = new Thread(Accept) { IsBackground = true, Name = "frames accept" };
        acceptor.Start();
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What this process shows its peers and whom it trusts, for TLS; null where it speaks none. Its dialers do as it does.</summary>
    public Func<PeerCertificates>? Certificates { get; }

    /// <summary>Serves connections of a generation, each on a thread of its own; see <see cref="FrameConnection.Open"/>.</summary>
    /// <param name="serve">Runs until it has no more to do; the connection is closed behind it. A thrown exception is reported.</param>
    /// <param name="service">What dialers ask for.</param>
    /// <returns>Dispose it to end the service and close its connections.</returns>
    /// <exception cref="InvalidOperationException">The service is registered for that generation already.</exception>
    public IDisposable RegisterService(
        string groupId,
        long generation,
        byte[] secret,
        Action<FrameConnection> serve,
        string service = "copy",
        TimeSpan? deadline = null,
        IFrameTraffic? traffic = null
    ) =>
        Register(
            new TargetKey(groupId, generation, service),
            new ServiceTarget(secret, serve, deadline ?? DefaultDeadline, traffic, report)
        );

    internal IDisposable Register(TargetKey key, IHelloTarget target)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!targets.TryAdd(key, target))
            {
                throw new InvalidOperationException(
                    $"Service {key.Service} of group {key.GroupId}, generation {key.Generation}, is registered already."
                );
            }
        }

        return new Registration(this, key, target);
    }

    public void Dispose()
    {
        Thread[] running;
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            foreach (Socket unfinished in greeting.Values)
            {
                unfinished.Dispose();
            }

            running = [acceptor, .. threads.Where(thread => thread != Thread.CurrentThread)];
        }

        ending.Set();
        socket.Dispose();
        foreach (IHelloTarget target in Targets())
        {
            target.Stop();
        }

        foreach (Thread thread in running)
        {
            thread.Join();
        }

        ending.Dispose();
    }

    private IHelloTarget[] Targets()
    {
        lock (gate)
        {
            return [.. targets.Values];
        }
    }

    private void Accept()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = socket.Accept();
            }
            catch (SocketException failure)
                when (failure.SocketErrorCode
                        is SocketError.ConnectionReset
                            or SocketError.ConnectionAborted
                            or SocketError.TooManyOpenSockets
                )
            {
                // The dialer was gone before it was accepted, or this process is short of descriptors for now.
                report?.Invoke($"could not accept a connection: {failure.SocketErrorCode}");
                ending.WaitOne(PauseWhenShort);
                continue;
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                return;
            }

            var thread = new Thread(() => Greet(accepted)) { IsBackground = true, Name = "frames greet" };
            lock (gate)
            {
                if (disposed || greeting.Count >= MaxHandshakes)
                {
                    accepted.Dispose();
                    continue;
                }

                threads.Add(thread);
                greeting.Add(thread, accepted);
            }

            thread.Start();
        }
    }

    private void Greet(Socket accepted)
    {
        string from = "?";
        IHelloTarget? target = null;
        SharedPair? shared = null;
        TlsSocket? secured = Certificates is null ? null : new TlsSocket(accepted);
        FrameSocket wire = secured ?? (FrameSocket)new PlainSocket(accepted);
        try
        {
            from = accepted.RemoteEndPoint?.ToString() ?? from;
            accepted.NoDelay = true;
            var handshake = new HandshakeSocket(wire, helloDeadline);
            secured?.AuthenticateAsServer(Certificates!());
            string? problem = handshake.Read(out ReadOnlyMemory<byte> message);
            if (problem is null && secured?.Distrust is { } distrust)
            {
                // What it asks for is not even looked at.
                report?.Invoke($"refused a connection from {from}: {distrust}");
                handshake.Write(HelloCodec.Write(new HelloAnswer(AnswerCode.Refused, distrust)));
                return;
            }

            Hello? hello = problem is null ? HelloCodec.ReadHello(message) : null;
            if (hello is null)
            {
                report?.Invoke($"refused a connection from {from}: {problem ?? "its Hello is malformed"}");
                if (handshake.CameTls)
                {
                    TellPlainly(accepted, TlsMismatch.OtherHasNone);
                }

                return;
            }

            HelloAnswer answer = Judge(hello, out target);
            shared = SharingHandshake.Offer(
                handshake,
                hello,
                answer,
                target?.Shares(hello),
                (lack, why) => ReportLack(hello.Name, lack, why)
            );
            StopGreeting();
            if (target is null)
            {
                report?.Invoke($"refused a connection from {from}: {answer.Reason}");
                return;
            }

            target.Adopt(hello, wire, shared);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            target = null;
            report?.Invoke(
                $"refused a connection from {from}: no whole Hello ({(failure as SocketException)?.SocketErrorCode.ToString() ?? "closed"})"
            );
        }
        catch (TlsException failure)
        {
            target = null;
            report?.Invoke($"refused a connection from {from}: {failure.Message}");
            if (secured is { CameHello: true })
            {
                TellPlainly(accepted, TlsMismatch.OtherHasTls);
            }
        }
        catch (Exception failure)
        {
            // On a thread of its own it would end the process.
            target = null;
            report?.Invoke($"dropped a connection from {from}: {failure.Message}");
        }
        finally
        {
            if (target is null)
            {
                wire.Close(abort: false);
                shared?.Dispose();
            }

            StopGreeting();
            lock (gate)
            {
                threads.Remove(Thread.CurrentThread);
            }
        }
    }

    // An answer without TLS, as both kinds of dialers understand it: the one refuses to read it, and knows why. Whoever sends something else gets none.
    private static void TellPlainly(Socket accepted, string reason)
    {
        try
        {
            // What is left unread would turn the answer into a reset. A hello, of whichever kind, is no longer than this.
            var rest = new byte[16 << 10];
            EagerSocket.Receive(accepted, rest);
            new PlainSocket(accepted).Send(HelloCodec.Write(new HelloAnswer(AnswerCode.Refused, reason)).Span);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // It is told less.
        }
    }

    private void ReportLack(string name, SharingLack lack, string problem)
    {
        if (Interlocked.Exchange(ref told[(int)lack], 1) == 0)
        {
            report?.Invoke(
                lack == SharingLack.Segment
                    ? $"shares no memory with {name}, though it is on this machine: {problem}. TCP is used; this is said once"
                    : $"gradients of {name} and of this process are not read where they lie: {problem}. They are copied through shared memory; this is said once"
            );
        }
    }

    private void StopGreeting()
    {
        lock (gate)
        {
            greeting.Remove(Thread.CurrentThread);
        }
    }

    private HelloAnswer Judge(Hello hello, out IHelloTarget? welcome)
    {
        IHelloTarget? target;
        lock (gate)
        {
            targets.TryGetValue(new TargetKey(hello.GroupId, hello.Generation, hello.Service), out target);
        }

        welcome = null;
        if (target is null)
        {
            return new HelloAnswer(AnswerCode.UnknownGeneration, $"generation {hello.Generation} is not known here");
        }

        if (!CryptographicOperations.FixedTimeEquals(hello.Secret, target.Secret))
        {
            return new HelloAnswer(AnswerCode.WrongSecret, $"wrong secret for generation {hello.Generation}");
        }

        if (target.Refuse(hello) is { } reason)
        {
            return new HelloAnswer(AnswerCode.Refused, reason);
        }

        welcome = target;
        return HelloAnswer.Welcome with { HostKey = target.HostKey, Lanes = target.Lanes };
    }

    private sealed class Registration(FrameListener listener, TargetKey key, IHelloTarget target) : IDisposable
    {
        public void Dispose()
        {
            lock (listener.gate)
            {
                if (listener.targets.TryGetValue(key, out IHelloTarget? present) && ReferenceEquals(present, target))
                {
                    listener.targets.Remove(key);
                }
            }

            target.Stop();
        }
    }
}
