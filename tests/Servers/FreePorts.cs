using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Tests.Servers;

/// <summary>Ports of loopback that nobody has, for processes that are told theirs.</summary>
internal static class FreePorts
{
    /// <summary>So many, no two alike.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
