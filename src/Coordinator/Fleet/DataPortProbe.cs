using System.Net.Sockets;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>Tells an ended process from a broken control connection: the port that only that process listened on refuses.</summary>
public static class DataPortProbe
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    /// <summary>True when the port refuses; false when it accepts or does not answer in a second.</summary>
    public static async Task<bool> IsRefusedAsync(string host, int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            await socket.ConnectAsync(host, port, deadline.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
