using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

/// <summary>Who shares memory with whom, and what is left of it.</summary>
[SupportedOSPlatform("linux")]
public sealed class SharedMemoryTests : IDisposable
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private static readonly SharedMemoryPlace Pair = SharedMemoryPlace.For(world: 2);
    private readonly string directory = Path.Combine(SharedMemoryPlace.DefaultDirectory, $"collectives-tests-{Guid.NewGuid():N}");

    public SharedMemoryTests() => Directory.CreateDirectory(directory);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private string[] Left => Directory.GetFileSystemEntries(directory);

    [Fact]
    public void Segments_have_no_name_once_the_group_stands()
    {
        string[] before = Segments();
        using Gang gang = Gang.Of(Wire.SharedMemory, 8, Partition.Balanced(8, 4));
        Assert.Empty(Segments().Except(before));
        gang.Run(group => group.ReduceShardValues<float>(FrameKind.Gradient, 100_003, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Process_that_is_killed_in_an_all_reduce_is_named_and_leaves_no_file(bool lends)
    {
        using SharedArena? arena = lends ? new SharedArena() : null;
        for (int round = 0; round < 3; round++)
        {
            using var listener = new FrameListener("127.0.0.1", 0);
            using RankProcess child = ChildRank.Start(listener.EndPoint.Port, directory);
            using ProcessGroup group = ProcessGroup.Connect(
                ChildRank.Describe(0, listener.EndPoint.Port, child.Port, directory, arena),
                listener,
                CancellationToken.None
            );
            Assert.Equal(1, group.SharedMemoryPeers);
            Assert.Same(arena, group.Arena);
            Assert.Empty(Left);
            float[] expected = ShardValues.Root<float>(8, ChildRank.Length, 0);
            for (int call = 0; call < 20; call++)
            {
                float[] sum = group.ReduceShardValues<float>(FrameKind.Gradient, ChildRank.Length, 0);
                Assert.True(MemoryMarshal.AsBytes<float>(sum).SequenceEqual(MemoryMarshal.AsBytes<float>(expected)), $"call {call}");
            }

            var killing = new Thread(() => child.Process.Kill());
            int killAt = round;
            void ReduceForEver()
            {
                for (int call = 0; ; call++)
                {
                    if (call == killAt)
                    {
                        killing.Start();
                    }

                    group.ReduceShardValues<float>(FrameKind.Gradient, ChildRank.Length, 0);
                }
            }

            PeerLostException lost = Assert.Throws<PeerLostException>((Action)ReduceForEver);
            killing.Join();
            Assert.Equal((1, "child"), (lost.PeerRank, lost.PeerName));
            Assert.True(lost.Cause is PeerLossCause.Closed or PeerLossCause.Reset, lost.Message);
            Assert.Empty(Left);
            Assert.Throws<GenerationEndedException>(group.Barrier);
        }
    }

    [Fact]
    public void Group_that_leaves_a_process_ends_it()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        using RankProcess child = ChildRank.Start(listener.EndPoint.Port, directory);
        using (
            ProcessGroup group = ProcessGroup.Connect(
                ChildRank.Describe(0, listener.EndPoint.Port, child.Port, directory),
                listener,
                CancellationToken.None
            )
        )
        {
            group.ReduceShardValues<float>(FrameKind.Gradient, ChildRank.Length, 0);
        }

        Assert.True(child.Process.WaitForExit(Ample), "the child still waits for a group that was left");
        Assert.Equal(0, child.Process.ExitCode);
    }

    [Fact]
    public void Stalled_peer_is_named_when_the_deadline_is_over()
    {
        using Gang gang = Gang.Of(Wire.SharedMemory, 8, Partition.Balanced(8, 2));
        gang.Groups[0].Deadline = TimeSpan.FromMilliseconds(300);
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 0)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, 100, 0);
            }
        });
        PeerLostException lost = Assert.IsType<PeerLostException>(failures[0]);
        Assert.Equal((1, "rank-1", PeerLossCause.Deadline), (lost.PeerRank, lost.PeerName, lost.Cause));
        Assert.Contains("Gradient Contribution part 0 of sequence 1", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Peer_in_another_collective_is_a_protocol_error()
    {
        using Gang gang = Gang.Of(Wire.SharedMemory, 8, Partition.Balanced(8, 2));
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 0)
            {
                group.ReduceShardValues<float>(FrameKind.Gradient, 100, 0);
            }
            else
            {
                group.Barrier();
            }
        });
        Assert.Contains(failures, failure => failure is PeerLostException { Cause: PeerLossCause.Protocol });
        Assert.All(failures, failure => Assert.IsType<PeerLostException>(failure));
    }

    [Theory]
    [InlineData("full", "has no room for")]
    [InlineData("missing", "Could not find")]
    public void Memory_that_is_not_there_is_told_once_and_TCP_is_used(string how, string expected)
    {
        // No machine has a pebibyte: the file system refuses to reserve it.
        SharedMemoryPlace place =
            how == "full"
                ? Pair with
                {
                    Directory = directory,
                    RingBytes = 1L << 50,
                }
                : Pair with
                {
                    Directory = Path.Combine(directory, "missing"),
                };
        var told = new List<string>();
        FrameListener[] listeners = [.. Enumerable.Range(0, 3).Select(_ => new FrameListener("127.0.0.1", 0, Tell))];
        void Tell(string problem)
        {
            lock (told)
            {
                told.Add(problem);
            }
        }

        AssertSums([.. listeners.Select(_ => place)], listeners, [0, 0, 0]);
        lock (told)
        {
            // Of the three pairs rank 0 makes two segments and rank 1 one; before, dialers may have been too early.
            string[] sharing = [.. told.Where(problem => problem.Contains("shares no memory with", StringComparison.Ordinal))];
            Assert.Equal(2, sharing.Length);
            Assert.All(sharing, problem => Assert.Contains(expected, problem, StringComparison.Ordinal));
        }

        Assert.Empty(Left);
    }

    [Fact]
    public void Ranks_that_cannot_find_the_segment_use_TCP_between_them()
    {
        string other = Directory.CreateDirectory(Path.Combine(directory, "other")).FullName;
        FrameListener[] listeners = [.. Enumerable.Range(0, 3).Select(_ => new FrameListener("127.0.0.1", 0))];
        SharedMemoryPlace here = SharedMemoryPlace.For(world: 3) with { Directory = directory };
        AssertSums([here, here, here with { Directory = other }], listeners, [1, 1, 0]);
        Assert.Equal(other, Assert.Single(Left));
        Assert.Empty(Directory.GetFileSystemEntries(other));
    }

    [Fact]
    public void Rank_that_may_not_share_uses_TCP()
    {
        FrameListener[] listeners = [.. Enumerable.Range(0, 2).Select(_ => new FrameListener("127.0.0.1", 0))];
        GroupDescription[] descriptions = [.. Gang.Descriptions(8, Partition.Balanced(8, 2), listeners)];
        AssertSums([descriptions[0], descriptions[1] with { SharedMemory = false }], listeners, [0, 0]);
        listeners = [.. Enumerable.Range(0, 2).Select(_ => new FrameListener("127.0.0.1", 0))];
        descriptions = [.. Gang.Descriptions(8, Partition.Balanced(8, 2), listeners)];
        AssertSums([descriptions[0] with { SharedMemory = false }, descriptions[1]], listeners, [0, 0]);
    }

    [Fact]
    public void Dialer_with_another_secret_is_told_of_no_segment()
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Ample, directory);
        using (group)
        using (peer)
        using (var stranger = new RoguePeer(listener.EndPoint))
        {
            HelloAnswer answer = stranger.SayHello(RoguePeer.Honest with { Secret = new byte[32], Host = HostIdentity.Own });
            Assert.Equal((AnswerCode.WrongSecret, ""), (answer.Code, answer.Segment));
            Assert.Empty(Left);
        }
    }

    [Theory]
    [InlineData("another host", false)]
    [InlineData("", false)]
    [InlineData(null, true)]
    public void Segment_is_made_for_a_dialer_of_this_host_only(string? host, bool shared)
    {
        using var listener = new FrameListener("127.0.0.1", 0);
        Hello hello = RoguePeer.Honest with { Host = host ?? HostIdentity.Own };
        (ProcessGroup group, RoguePeer peer) = RoguePeer.Pair(listener, Ample, directory, hello);
        using (group)
        using (peer)
        {
            // The rogue said that it has not mapped what it was told of.
            Assert.Equal(shared, SharedSegment.IsName(peer.Welcomed.Segment));
            Assert.Equal(0, group.SharedMemoryPeers);
            Assert.Empty(Left);
        }
    }

    [Theory]
    [InlineData("orchestrator-0123456789abcdef0123456789abcdef", true)]
    [InlineData("orchestrator-0123456789abcdef0123456789abcdeF", false)]
    [InlineData("orchestrator-../../../../../../../../etc/pass", false)]
    [InlineData("orchestrator-0123456789abcdef0123456789abcdef0", false)]
    [InlineData("", false)]
    public void Name_of_a_segment_leads_nowhere_else(string name, bool right)
    {
        Assert.Equal(right, SharedSegment.IsName(name));
        Assert.ThrowsAny<IOException>(() => SharedSegment.Open(Pair with { Directory = directory }, name));
    }

    [Fact]
    public void Segment_is_its_owners_alone_and_loses_its_name_when_it_is_opened()
    {
        SharedMemoryPlace place = Pair with { Directory = directory };
        using SharedSegment mine = SharedSegment.Create(place);
        string file = Assert.Single(Left);
        Assert.Equal(mine.Name, Path.GetFileName(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        using SharedSegment theirs = SharedSegment.Open(place, mine.Name);
        Assert.Empty(Left);
        Assert.ThrowsAny<IOException>(() => SharedSegment.Open(place, mine.Name));
        Assert.Equal(mine.RingBytes, theirs.RingBytes);
        Assert.InRange(mine.Outgoing.Capacity, TreeAllReduce.MostUnread(2), int.MaxValue);
    }

    [Fact]
    public void File_that_is_no_segment_is_not_mapped()
    {
        SharedMemoryPlace place = Pair with { Directory = directory };
        string name = $"orchestrator-{Guid.NewGuid():N}";
        string path = Path.Combine(directory, name);
        File.WriteAllBytes(path, new byte[100]);
        Assert.Contains(
            "no segment of",
            Assert.ThrowsAny<IOException>(() => SharedSegment.Open(place, name)).Message,
            StringComparison.Ordinal
        );
        File.WriteAllBytes(path, new byte[4096 + (2 * place.RingBytes)]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains(
            "of this version",
            Assert.ThrowsAny<IOException>(() => SharedSegment.Open(place, name)).Message,
            StringComparison.Ordinal
        );
    }

    private static string[] Segments() => Directory.GetFiles(SharedMemoryPlace.DefaultDirectory, "orchestrator-*");

    private static void AssertSums(SharedMemoryPlace[] places, FrameListener[] listeners, int[] sharing) =>
        AssertSums(
            [
                .. Gang.Descriptions(8, Partition.Balanced(8, listeners.Length), listeners)
                    .Select((description, rank) => description with { Place = places[rank] }),
            ],
            listeners,
            sharing
        );

    private static void AssertSums(GroupDescription[] descriptions, FrameListener[] listeners, int[] sharing)
    {
        float[] expected = ShardValues.Root<float>(8, 100_003, 0);
        Exception?[] failures = Gang.Together(
            listeners.Length,
            rank =>
            {
                using ProcessGroup group = ProcessGroup.Connect(descriptions[rank], listeners[rank], CancellationToken.None);
                Assert.Equal(sharing[rank], group.SharedMemoryPeers);
                Assert.Equal(expected, group.ReduceShardValues<float>(FrameKind.Gradient, 100_003, 0));
                group.Barrier();
            },
            _ => "summing"
        );
        Array.ForEach(listeners, listener => listener.Dispose());
        Assert.All(failures, Assert.Null);
    }
}
