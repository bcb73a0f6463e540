using Orchestrator.Collectives.Algorithms;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>All ranks of a group in this process, each on a thread of its own.</summary>
internal sealed class Gang : IDisposable
{
    // Far beyond anything that works: a gang that takes longer hangs, and the failure says who waits for whom.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(120);
    private readonly FrameListener[] doors;
    private readonly SharedArena[] arenas;

    private Gang(ProcessGroup[] groups, FrameTraffic[] traffic, FrameListener[] listeners, SharedArena[] arenas)
    {
        this.arenas = arenas;
        Groups = groups;
        Traffic = traffic;
        doors = listeners;
    }

    public ProcessGroup[] Groups { get; }

    public FrameTraffic[] Traffic { get; }

    public static Gang Of(Wire wire, int shards, ShardRange[] ranges)
    {
        FrameTraffic[] traffic = [.. ranges.Select(_ => new FrameTraffic())];
        return Of(wire, shards, ranges, [], traffic, traffic, lanes: 1);
    }

    /// <param name="hosts">That the ranks pretend to be on.</param>
    /// <param name="counted">Where each rank's bytes are counted.</param>
    public static Gang OnHosts(
        Wire wire,
        ShardRange[] ranges,
        string[] hosts,
        IReadOnlyList<IFrameTraffic>? counted = null,
        int lanes = 1
    ) => Of(wire, ranges[^1].End, ranges, hosts, counted ?? [.. ranges.Select(_ => new FrameTraffic())], [], lanes);

    /// <param name="ofHost">Neighbors that pretend to be on one host.</param>
    public static Gang OnHosts(Wire wire, ShardRange[] ranges, int ofHost, IReadOnlyList<IFrameTraffic>? counted = null, int lanes = 1) =>
        OnHosts(wire, ranges, [.. ranges.Select((_, rank) => $"host {rank / ofHost}")], counted, lanes);

    private static Gang Of(
        Wire wire,
        int shards,
        ShardRange[] ranges,
        string[] hosts,
        IReadOnlyList<IFrameTraffic> counted,
        FrameTraffic[] traffic,
        int lanes
    )
    {
        HostLayout? layout = hosts.Length == 0 ? null : HostLayout.Of(hosts);
        if (wire == Wire.Memory)
        {
            return new Gang(ProcessGroup.InMemory(shards, ranges, layout, traffic: counted, lanes: lanes), traffic, [], []);
        }

        bool shared = wire is Wire.SharedMemory or Wire.Arena;
        SharedArena[] lent = wire == Wire.Arena ? [.. ranges.Select(_ => new SharedArena(1L << 30))] : [];
        FrameListener[] listeners = [.. ranges.Select(_ => Listener(wire))];
        GroupDescription[] descriptions =
        [
            .. Descriptions(shards, ranges, listeners)
                .Select(
                    (description, rank) =>
                        description with
                        {
                            Traffic = counted[rank],
                            SharedMemory = shared,
                            Arena = lent.ElementAtOrDefault(rank),
                            Lanes = lanes,
                            PretendedHost = hosts.ElementAtOrDefault(rank),
                        }
                ),
        ];
        var groups = new ProcessGroup[ranges.Length];
        Exception?[] failures = Together(
            ranges.Length,
            rank => groups[rank] = ProcessGroup.Connect(descriptions[rank], listeners[rank], CancellationToken.None),
            _ => "connecting"
        );
        Assert.All(failures, Assert.Null);
        int Neighbors(int rank) => (hosts.Length == 0 ? ranges.Length : hosts.Count(host => host == hosts[rank])) - 1;
        Assert.All(groups, group => Assert.Equal(shared ? Neighbors(group.Rank) : 0, group.SharedMemoryPeers));
        Assert.All(groups, group => Assert.Equal(wire == Wire.Arena && Neighbors(group.Rank) > 0, group.Arena is not null));
        Assert.All(groups, group => Assert.Equal(layout, group.Layout));
        return new Gang(groups, traffic, listeners, lent);
    }

    public static FrameListener Listener(Wire wire) => new("127.0.0.1", 0, certificates: wire == Wire.Tls ? () => Certificates.Good : null);

    public static IEnumerable<GroupDescription> Descriptions(int shards, ShardRange[] ranges, FrameListener[] listeners)
    {
        GroupMember[] members =
        [
            .. ranges.Select((range, rank) => new GroupMember($"rank-{rank}", "127.0.0.1", listeners[rank].EndPoint.Port, range)),
        ];
        return ranges.Select(
            (_, rank) =>
                new GroupDescription
                {
                    GroupId = "group",
                    Generation = 3,
                    Secret = Secret,
                    Rank = rank,
                    Members = members,
                    Shards = shards,
                }
        );
    }

    public static byte[] Secret { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)(7 * i))];

    /// <summary>Every rank's body, at once; fails when one fails.</summary>
    public void Run(Action<ProcessGroup> body)
    {
        Exception[] failures = [.. Collect(body).OfType<Exception>()];
        if (failures.Length > 0)
        {
            throw new AggregateException(failures);
        }
    }

    /// <summary>Every rank's body, at once; what each threw, by rank.</summary>
    public Exception?[] Collect(Action<ProcessGroup> body) =>
        Together(Groups.Length, rank => body(Groups[rank]), rank => $"waits for {Groups[rank].WaitingFor ?? "nobody"}");

    public static Exception?[] Together(int count, Action<int> body, Func<int, string> state)
    {
        var failures = new Exception?[count];
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, count)
                .Select(rank => new Thread(() => failures[rank] = Record.Exception(() => body(rank))) { IsBackground = true }),
        ];
        Array.ForEach(threads, thread => thread.Start());
        for (int rank = 0; rank < count; rank++)
        {
            Assert.True(
                threads[rank].Join(Hang),
                $"rank {rank} hangs: {string.Join("; ", Enumerable.Range(0, count).Select(other => $"{other} {state(other)}"))}"
            );
        }

        return failures;
    }

    public void Dispose()
    {
        Array.ForEach(Groups, group => group.Dispose());
        Array.ForEach(doors, door => door.Dispose());
        Array.ForEach(arenas, arena => arena.Dispose());
    }
}
