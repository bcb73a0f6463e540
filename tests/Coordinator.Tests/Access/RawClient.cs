using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.Coordinator.Tests.Access;

/// <summary>A connection that sends what no proper client would.</summary>
public sealed class RawClient : IDisposable
{
    private readonly TcpClient tcp;

    private RawClient(TcpClient tcp) => this.tcp = tcp;

    private Stream Stream => tcp.GetStream();

    public static async Task<RawClient> ConnectAsync(Uri server, CancellationToken cancellation)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, cancellation);
        return new RawClient(client);
    }

    public Task SendAsync(string text, CancellationToken cancellation) => SendAsync(Encoding.Latin1.GetBytes(text), cancellation);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => await Stream.WriteAsync(bytes, cancellation);

    /// <summary>Everything that comes until the other side closes; a reset is an end, too.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellation)
    {
        var received = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(received, cancellation);
        }
        catch (IOException)
        {
            // Reset.
        }

        return Encoding.Latin1.GetString(received.ToArray());
    }

    public void Dispose() => tcp.Dispose();
}
