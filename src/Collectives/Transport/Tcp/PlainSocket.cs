using System.Net.Sockets;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>A socket without TLS: what is sent is what is on the wire.</summary>
internal sealed class PlainSocket(Socket socket) : FrameSocket(socket)
{
    public override int TrySend(ReadOnlySpan<byte> bytes, bool more) => EagerSocket.Send(Socket, bytes, more);

    public override void Send(ReadOnlySpan<byte> bytes) => SendBytes(bytes);

    public override int Receive(Span<byte> into) => ReceiveBytes(into);
}
