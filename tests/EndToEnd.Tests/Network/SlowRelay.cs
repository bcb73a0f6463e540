using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>Passes TCP connections on to another address, every byte so much later, in both directions.</summary>
internal sealed class SlowRelay : IAsyncDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly TcpListener listener;
    private readonly IPEndPoint target;
    private readonly TimeSpan delay;
    private readonly Task accepting;
    private int connections;

    public SlowRelay(string here, string address, int port, TimeSpan delay)
    {
        (target, this.delay) = (new IPEndPoint(IPAddress.Parse(address), port), delay);
        listener = new TcpListener(IPAddress.Parse(here), 0);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many it has passed on.</summary>
    public int Connections => Volatile.Read(ref connections);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(ending.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket near)
    {
        using (near)
        using (var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            near.NoDelay = true;
            try
            {
                await Task.Delay(delay, ending.Token);
                await far.ConnectAsync(target, ending.Token);
                Interlocked.Increment(ref connections);
                await Task.WhenAll(PumpAsync(near, far), PumpAsync(far, near));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One end is gone: so is the other.
            }
        }
    }

    /// <summary>Bytes wait in line until they are due, as many as there are: a wire has no window.</summary>
    private async Task PumpAsync(Socket from, Socket to)
    {
        var line = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        await Task.WhenAll(ReadAsync(from, line.Writer), WriteAsync(line.Reader, to));
    }

    private async Task ReadAsync(Socket from, ChannelWriter<(long Due, byte[] Bytes)> line)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, ending.Token) is > 0 and var count)
            {
                line.TryWrite((Environment.TickCount64 + (long)delay.TotalMilliseconds, buffer[..count]));
            }
        }
        finally
        {
            line.TryComplete();
        }
    }

    private async Task WriteAsync(ChannelReader<(long Due, byte[] Bytes)> line, Socket to)
    {
        await foreach (var (due, bytes) in line.ReadAllAsync(ending.Token))
        {
            if (due - Environment.TickCount64 is > 0 and var early)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(early), ending.Token);
            }

            for (var sent = 0; sent < bytes.Length; )
            {
                sent += await to.SendAsync(bytes.AsMemory(sent), ending.Token);
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
