using System.Diagnostics;
using System.Net.Sockets;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// What a connection needs of its socket, with TLS or without. One thread may send while another receives; Close may come from any thread and wakes both.
/// Failures are <see cref="SocketException"/>, <see cref="ObjectDisposedException"/>, and with TLS <see cref="Tls.TlsException"/>.
/// </summary>
internal abstract class FrameSocket(Socket socket) : IDisposable
{
    private TimeSpan deadline = Timeout.InfiniteTimeSpan;

    /// <summary>Called now and then while a receive waits; what it throws ends the receive.</summary>
    public Action? Watch { get; set; }

    /// <summary>Milliseconds that are left of a handshake, which each send and receive of it gets; null behind it.</summary>
    public Func<int>? HandshakeLeft { get; set; }

    /// <summary>Whether a receive would not wait: there are bytes, or the end of the connection. For the thread that receives.</summary>
    public virtual bool HasInput => socket.Poll(0, SelectMode.SelectRead);

    /// <summary>The other side has closed the connection, and nothing that it sent is left. For the thread that receives.</summary>
    public virtual bool HasEnded
    {
        get
        {
            Span<byte> next = stackalloc byte[1];
            return socket.Poll(0, SelectMode.SelectRead) && Peek(next) == 0;
        }
    }

    /// <summary>The other side has reset the connection.</summary>
    public bool IsReset => socket.Poll(0, SelectMode.SelectError);

    /// <summary>Longest time without a byte, sending or receiving.</summary>
    public TimeSpan Deadline
    {
        set
        {
            deadline = value;
            int milliseconds = (int)Math.Clamp(value.TotalMilliseconds, 1, int.MaxValue);
            socket.SendTimeout = milliseconds;
            socket.ReceiveTimeout = milliseconds;
        }
    }

    /// <summary>The handshake is over, and the other side is welcome.</summary>
    public virtual void Establish() => HandshakeLeft = null;

    /// <summary>Sends what the system takes at once; how many bytes that is, maybe none.</summary>
    /// <param name="more">More is sent at once behind it.</param>
    public abstract int TrySend(ReadOnlySpan<byte> bytes, bool more);

    /// <summary>Returns when the system has all of it.</summary>
    public abstract void Send(ReadOnlySpan<byte> bytes);

    /// <summary>Waits for bytes; how many came, 0 where the connection has ended.</summary>
    public abstract int Receive(Span<byte> into);

    /// <param name="abort">Reset the connection: the other side sees it even while it waits for somebody else.</param>
    public virtual void Close(bool abort)
    {
        try
        {
            // Shutting down wakes whoever is blocked here and there; the reset then is what Dispose sends.
            socket.Shutdown(SocketShutdown.Both);
            if (abort)
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The peer was first, or the handshake's end.
        }

        socket.Dispose();
    }

    public void Dispose() => Close(abort: false);

    protected Socket Socket => socket;

    protected int Peek(Span<byte> into) => socket.Receive(into, SocketFlags.Peek);

    /// <summary>What is on the wire.</summary>
    protected void SendBytes(ReadOnlySpan<byte> bytes)
    {
        if (HandshakeLeft is { } left)
        {
            socket.SendTimeout = left();
        }

        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    /// <summary>What is on the wire; 0 where it has ended.</summary>
    protected int ReceiveBytes(Span<byte> into)
    {
        if (HandshakeLeft is { } left)
        {
            socket.ReceiveTimeout = left();
            return socket.Receive(into);
        }

        int read = EagerSocket.Receive(socket, into);
        if (read > 0)
        {
            return read;
        }

        WaitWatchfully();
        return socket.Receive(into);
    }

    // Returns when there is something to read or the deadline is over, which the receive then says.
    private void WaitWatchfully()
    {
        if (Watch is null)
        {
            return;
        }

        long since = Stopwatch.GetTimestamp();
        while (!socket.Poll(Mesh.WatchEvery, SelectMode.SelectRead))
        {
            Watch();
            if (Stopwatch.GetElapsedTime(since) >= deadline)
            {
                throw new SocketException((int)SocketError.TimedOut);
            }
        }
    }
}
