using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// Sends and receives what a socket takes or has at once, without a wait and without a question before it: .NET's sockets can do so only by making the
/// whole socket non-blocking, and this one is written by one thread while another one waits in it. Elsewhere than on Linux nothing is taken at once.
/// </summary>
internal static partial class EagerSocket
{
    // Linux: MSG_DONTWAIT; MSG_MORE; MSG_NOSIGNAL, so that a connection that is gone is an error and no signal.
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int More = 0x8000;

    /// <summary>Bytes that were sent, 0 where none could be: a send that waits then finds out why.</summary>
    /// <param name="more">More is sent at once behind it: no packet of its own.</param>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes, bool more)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        nint sent = Send(socket.SafeHandle, bytes, (nuint)bytes.Length, DontWait | NoSignal | (more ? More : 0));
        return (int)Math.Max(0, sent);
    }

    /// <summary>Bytes that were received, 0 where none could be or the connection has ended: a receive that waits then finds out.</summary>
    public static int Receive(Socket socket, Span<byte> into)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        nint received = Receive(socket.SafeHandle, into, (nuint)into.Length, DontWait);
        return (int)Math.Max(0, received);
    }

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(SafeSocketHandle socket, Span<byte> into, nuint length, int flags);
}
