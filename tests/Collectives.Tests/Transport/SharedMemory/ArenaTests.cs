using System.Runtime.Versioning;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

/// <summary>Memory that peers of the host read where it lies: who finds it, what of it is given out, and what is left.</summary>
[SupportedOSPlatform("linux")]
public sealed class ArenaTests
{
    // Two ranks lend from 4 MiB on.
    private const int Length = 1_100_007;
    private static readonly SharedMemoryPlace Place = SharedMemoryPlace.For(world: 2);

    [Fact]
    public void Blocks_are_zero_on_64_bytes_and_apart_also_when_their_memory_was_used_before()
    {
        using var arena = new SharedArena(1 << 20);
        using SharedBlock<float> other = arena.Take<float>(1000);
        other.Span.Fill(3);
        for (int round = 0; round < 3; round++)
        {
            using SharedBlock<float> block = arena.Take<float>(200_000);
            unsafe
            {
                Assert.Equal(0, (nint)block.Host.Pointer % 64);
            }

            Assert.Equal(-1, block.Span.IndexOfAnyExcept(0));
            block.Span.Fill(7);
        }

        Assert.Equal(-1, other.Span.IndexOfAnyExcept(3));
    }

    [Fact]
    public void Block_that_does_not_fit_is_refused_and_its_place_stays_free()
    {
        using var arena = new SharedArena(1 << 20);
        using SharedBlock<byte> half = arena.Take<byte>(1 << 19);
        Assert.Contains("no room", Assert.Throws<IOException>(() => arena.Take<byte>((1 << 19) + 1)).Message, StringComparison.Ordinal);
        using SharedBlock<byte> rest = arena.Take<byte>(1 << 19);
        Assert.Equal(1 << 19, rest.Span.Length);
    }

    [Fact]
    public void Memory_of_a_disposed_arena_stays_until_its_last_block_is_given_back()
    {
        var arena = new SharedArena(1 << 20);
        SharedBlock<byte> block = arena.Take<byte>(100);
        arena.Dispose();
        block.Span.Fill(1);
        Assert.Throws<ObjectDisposedException>(() => arena.Take<byte>(1));
        block.Dispose();
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => block.Host);
        Assert.ThrowsAny<IOException>(() => ArenaView.Open(Place, arena.Address.ToString()));
    }

    [Fact]
    public void Peer_reads_what_the_owner_writes_inside_of_the_arena_only()
    {
        using var arena = new SharedArena(1 << 20);
        using ArenaView view = ArenaView.Open(Place, arena.Address.ToString());
        using SharedBlock<byte> block = arena.Take<byte>(1000);
        block.Span.Fill(5);
        long at = arena.Locate(block.Host.Slice(10, 20));
        Assert.True(view.TryRead(at, 20, out HostBuffer<byte> read));
        Assert.Equal(-1, read.Span.IndexOfAnyExcept((byte)5));
        Assert.True(view.TryRead(arena.Capacity, 0, out _));
        Assert.False(view.TryRead(arena.Capacity, 1, out _));
        Assert.False(view.TryRead(-2, 1, out _));
        Assert.False(view.TryRead(0, -1, out _));
        Assert.False(view.TryRead(long.MaxValue, int.MaxValue, out _));
        using var elsewhere = new AlignedBuffer<byte>(64);
        Assert.Equal(SegmentRing.InRing, arena.Locate(elsewhere.Host));
    }

    [Fact]
    public void What_is_no_arena_is_not_opened()
    {
        using var arena = new SharedArena(1 << 20);
        ArenaAddress right = arena.Address;
        string[] wrong =
        [
            "",
            "1/2",
            "-1/2/" + right.Name,
            $"{right.Process}/../{right.Name}",
            $"{right.Process}/{right.Descriptor}/{SharedSegment.RandomName()}",
            $"{int.MaxValue}/{right.Descriptor}/{right.Name}",
        ];
        Assert.All(wrong, address => Assert.ThrowsAny<IOException>(() => ArenaView.Open(Place, address)));
        Assert.ThrowsAny<IOException>(() => ArenaView.Open(Place with { Processes = "/nowhere" }, right.ToString()));
    }

    [Fact]
    public void Ranks_that_find_no_arena_copy_and_the_sums_are_the_same()
    {
        var told = new List<string>();
        FrameListener[] listeners = [.. Enumerable.Range(0, 2).Select(_ => new FrameListener("127.0.0.1", 0, Tell))];
        void Tell(string problem)
        {
            lock (told)
            {
                told.Add(problem);
            }
        }

        using var mine = new SharedArena(1 << 27);
        using var theirs = new SharedArena(1 << 27);
        GroupDescription[] descriptions = [.. Gang.Descriptions(8, Partition.Balanced(8, 2), listeners)];
        descriptions[0] = descriptions[0] with { Arena = mine, Place = Place with { Processes = "/nowhere" } };
        descriptions[1] = descriptions[1] with { Arena = theirs };
        float[] expected = ShardValues.Root<float>(8, Length, 0);
        Exception?[] failures = Gang.Together(
            2,
            rank =>
            {
                using ProcessGroup group = ProcessGroup.Connect(descriptions[rank], listeners[rank], CancellationToken.None);
                Assert.Equal(1, group.SharedMemoryPeers);
                Assert.Same(rank == 0 ? mine : null, group.Arena);
                Assert.Equal(expected, group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0));
                group.Barrier();
            },
            _ => "summing"
        );
        Array.ForEach(listeners, listener => listener.Dispose());
        Assert.All(failures, Assert.Null);
        lock (told)
        {
            Assert.Single(told, problem => problem.Contains("are not read where they lie", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void One_arena_serves_one_generation_after_the_other()
    {
        using var mine = new SharedArena(1 << 27);
        using var theirs = new SharedArena(1 << 27);
        float[] expected = ShardValues.Root<float>(8, Length, 0);
        for (int generation = 1; generation < 4; generation++)
        {
            FrameListener[] listeners = [.. Enumerable.Range(0, 2).Select(_ => new FrameListener("127.0.0.1", 0))];
            GroupDescription[] descriptions = [.. Gang.Descriptions(8, Partition.Balanced(8, 2), listeners)];
            Exception?[] failures = Gang.Together(
                2,
                rank =>
                {
                    GroupDescription description = descriptions[rank] with { Generation = generation, Arena = rank == 0 ? mine : theirs };
                    using ProcessGroup group = ProcessGroup.Connect(description, listeners[rank], CancellationToken.None);
                    Assert.NotNull(group.Arena);
                    Assert.Equal(expected, group.ReduceShardValues<float>(FrameKind.Gradient, Length, 0, inPlace: true));
                    group.Barrier();
                },
                _ => "summing"
            );
            Array.ForEach(listeners, listener => listener.Dispose());
            Assert.All(failures, Assert.Null);
        }
    }

    [Fact]
    public void Neighbours_that_are_given_back_become_one()
    {
        var free = new FreeExtents(100);
        long[] taken = [free.Take(30), free.Take(30), free.Take(30)];
        Assert.Equal([0, 30, 60], taken);
        Assert.Equal(-1, free.Take(11));
        free.Give(0, 30);
        free.Give(60, 30);
        Assert.Equal(-1, free.Take(41));
        free.Give(30, 30);
        Assert.Equal(0, free.Take(100));
    }

    [Fact]
    public void Taken_on_a_boundary_what_lies_before_stays_free()
    {
        var free = new FreeExtents(100);
        Assert.Equal(0, free.Take(5));
        Assert.Equal(32, free.Take(40, alignment: 32));
        Assert.Equal(-1, free.Take(30, alignment: 32));
        Assert.Equal(5, free.Take(27));
        Assert.Equal(72, free.Take(28));
        free.Give(5, 27);
        free.Give(72, 28);
        free.Give(32, 40);
        free.Give(0, 5);
        Assert.Equal(0, free.Take(100));
    }

    [Fact]
    public void Block_of_large_pages_is_zero_and_peers_read_it_from_before_it_was_taken_until_it_is_another()
    {
        const int Large = (5 << 20) + 1000;
        using var arena = new SharedArena(1 << 27);
        using ArenaView view = ArenaView.Open(Place, arena.Address.ToString());
        using SharedBlock<byte> small = arena.Take<byte>(1000);
        small.Span.Fill(1);
        for (byte round = 2; round < 5; round++)
        {
            using SharedBlock<byte> block = arena.Take<byte>(Large);
            long at = arena.Locate(block.Host);
            Assert.Equal(0, at % FileMapping.LargePage);
            Assert.Equal(-1, block.Span.IndexOfAnyExcept((byte)0));
            block.Span.Fill(round);
            Assert.True(view.TryRead(at, Large, out HostBuffer<byte> read));
            Assert.Equal(-1, read.Span.IndexOfAnyExcept(round));
        }

        Assert.Equal(-1, small.Span.IndexOfAnyExcept((byte)1));
    }
}
