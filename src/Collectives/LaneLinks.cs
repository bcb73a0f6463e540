using System.Diagnostics;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives;

/// <summary>A lane's links to all ranks (null at the own one), and the registration that ends with the group.</summary>
internal sealed record LaneLinks(IPeerLink?[] Links, IDisposable Registration)
{
    /// <summary>Meets the others: on the first lane each says how many it would have, and all have as many as the one with the fewest. All lanes share the connect deadline. Also a key of each rank's host.</summary>
    /// <exception cref="PeerLostException">A peer refused, or was not there by the connect deadline.</exception>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    public static (LaneLinks[] Lanes, string[] Hosts) Meet(
        GroupDescription description,
        FrameListener listener,
        CancellationToken cancellation
    )
    {
        long start = Stopwatch.GetTimestamp();
        (FrameConnection?[] first, string[] hosts, IDisposable registration) = Rendezvous.Meet(description, listener, cancellation);
        List<LaneLinks> lanes = [Of(first, registration)];
        try
        {
            int agreed = first.Min(connection => connection?.Lanes ?? description.Lanes);
            for (int lane = 1; lane < agreed; lane++)
            {
                TimeSpan left = description.ConnectDeadline - Stopwatch.GetElapsedTime(start);
                GroupDescription rest = description with { ConnectDeadline = left > TimeSpan.Zero ? left : TimeSpan.Zero };
                (FrameConnection?[] connections, _, registration) = Rendezvous.Meet(rest, listener, cancellation, lane);
                lanes.Add(Of(connections, registration));
            }
        }
        catch
        {
            lanes.ForEach(lane => lane.End());
            throw;
        }

        return ([.. lanes], hosts);
    }

    private static LaneLinks Of(FrameConnection?[] connections, IDisposable registration) =>
        new([.. connections.Select(connection => connection is null ? null : LinkOf(connection))], registration);

    private static IPeerLink LinkOf(FrameConnection connection) =>
        connection.Shared is { } shared ? new SharedMemoryLink(connection, shared) : new TcpLink(connection);

    private void End()
    {
        Array.ForEach(Links, link => link?.Dispose());
        Registration.Dispose();
    }
}
