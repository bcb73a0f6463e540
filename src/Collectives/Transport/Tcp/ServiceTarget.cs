using Orchestrator.Collectives.Transport.SharedMemory;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>Serves each connection on the listener's thread for it, until the handler returns or the registration ends.</summary>
internal sealed class ServiceTarget(
    byte[] secret,
    Action<FrameConnection> serve,
    TimeSpan deadline,
    IFrameTraffic? traffic,
    Action<string>? report
) : IHelloTarget
{
    private readonly Lock gate = new();
    private readonly HashSet<FrameConnection> live = [];
    private bool stopped;

    public byte[] Secret => secret;

    public string HostKey => "";

    public int Lanes => 1;

    public string? Refuse(Hello hello) => null;

    public SharedMemoryPlace? Shares(Hello hello) => null;

    public void Adopt(Hello hello, FrameSocket socket, SharedPair? shared)
    {
        using var connection = new FrameConnection(socket, hello, hello.FromRank, hello.Name, deadline, traffic);
        lock (gate)
        {
            if (stopped)
            {
                return;
            }

            live.Add(connection);
        }

        try
        {
            serve(connection);
        }
        catch (Exception failure)
        {
            report?.Invoke($"service {hello.Service} for {hello.Name} ended: {failure.Message}");
        }
        finally
        {
            lock (gate)
            {
                live.Remove(connection);
            }
        }
    }

    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            foreach (FrameConnection connection in live)
            {
                connection.Close();
            }
        }
    }
}
