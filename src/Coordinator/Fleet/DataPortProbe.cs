using System.Net.Sockets;

namespace Orchestrator.Coordinator.Fleet;

/// <summary>Tells an ended process from a broken control connection: the port that only that process listened on refuses.</summary>
public static class DataPortProbe
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    // The system closes a killed process's sockets one after another: its port may still accept when its control connection is closed already.
    private static readonly TimeSpan[] Again =
    [
        TimeSpan.FromMilliseconds(20),
        TimeSpan.FromMilliseconds(60),
        TimeSpan.FromMilliseconds(150),
        TimeSpan.FromMilliseconds(400),
    ];

    /// <summary>True when the port refuses, now or within a second; false when it goes on to accept, or does not answer in a second.</summary>
    public static async Task<bool> IsRefusedAsync(string host, int port, TimeProvider time)
    {
        foreach (var pause in Again)
        {
            if (await OnceAsync(host, port) is { } refused)
            {
                return refused;
            }

            await Task.Delay(pause, time);
        }

        return await OnceAsync(host, port) == true;
    }

    /// <returns>Null: it accepts.</returns>
    private static async Task<bool?> OnceAsync(string host, int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            await socket.ConnectAsync(host, port, deadline.Token);
            return null;
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
