using System.Net;
using System.Net.Sockets;
using Orchestrator.Coordinator.Fleet;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class DataPortProbeTests
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public DataPortProbeTests() => listener.Start();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    [Fact]
    public async Task A_port_that_goes_on_to_accept_is_not_refused()
    {
        Assert.False(await DataPortProbe.IsRefusedAsync("127.0.0.1", Port, TimeProvider.System));
        listener.Stop();
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        var port = Port;
        listener.Stop();
        Assert.True(await DataPortProbe.IsRefusedAsync("127.0.0.1", port, TimeProvider.System));
    }

    /// <summary>As that of a process which is being killed: its sockets are closed one after another.</summary>
    [Fact]
    public async Task A_port_that_accepts_and_then_closes_is_refused()
    {
        var asked = DataPortProbe.IsRefusedAsync("127.0.0.1", Port, TimeProvider.System);
        using (await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            listener.Stop();
        }

        Assert.True(await asked);
    }
}
