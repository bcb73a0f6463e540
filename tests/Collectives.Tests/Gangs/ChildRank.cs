using System.Globalization;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;

namespace Orchestrator.Collectives.Tests.Gangs;

/// <summary>Rank 1 of two in a process of its own. It sums the same numbers again and again until it is killed or its peer is gone.</summary>
internal static class ChildRank
{
    /// <summary>Two ranks lend from 4 MiB on.</summary>
    public const int Length = 1_100_007;

    /// <param name="parentPort">Port of rank 0.</param>
    /// <param name="directory">Where segments lie.</param>
    public static RankProcess Start(int parentPort, string directory) =>
        RankProcess.Start(nameof(ChildRank), $"{parentPort.ToString(CultureInfo.InvariantCulture)} {directory}");

    public static GroupDescription Describe(int rank, int parentPort, int childPort, string directory, SharedArena? arena = null) =>
        new()
        {
            GroupId = "group",
            Generation = 3,
            Secret = Gang.Secret,
            Rank = rank,
            Members =
            [
                new GroupMember("parent", "127.0.0.1", parentPort, new(0, 3)),
                new GroupMember("child", "127.0.0.1", childPort, new(3, 5)),
            ],
            Shards = 8,
            ConnectDeadline = TimeSpan.FromSeconds(60),
            Arena = arena,
            Place = SharedMemoryPlace.For(world: 2) with { Directory = directory },
        };

    /// <returns>The exit status.</returns>
    public static int Run(string words, FrameListener listener)
    {
        string[] parts = words.Split(' ', 2);
        using var arena = new SharedArena();
        GroupDescription description = Describe(
            1,
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            listener.EndPoint.Port,
            parts[1],
            arena
        );
        try
        {
            using ProcessGroup group = ProcessGroup.Connect(description, listener, CancellationToken.None);
            for (int call = 0; ; call++)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0);
            }
        }
        catch (CollectiveException)
        {
            return 0;
        }
    }
}
