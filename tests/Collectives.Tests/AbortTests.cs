using Orchestrator.Collectives.Tests.Gangs;
using Xunit;

namespace Orchestrator.Collectives.Tests;

public sealed class AbortTests
{
    [Theory]
    [InlineData(Wire.Memory)]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Abort_wakes_a_blocked_call_and_ends_the_peers(Wire wire)
    {
        using Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, 3));

        // Rank 1 never comes, so the others block.
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 1)
            {
                SpinWait.SpinUntil(() => gang.Groups[0].WaitingFor is not null && gang.Groups[2].WaitingFor is not null);
                gang.Groups[0].Abort("a newer generation was promised");
                return;
            }

            group.ReduceShardValues<float>(FrameKind.Gradient, 300_000, 0);
        });

        GenerationEndedException ended = Assert.IsType<GenerationEndedException>(failures[0]);
        Assert.Equal("a newer generation was promised", ended.Reason);
        Assert.Null(gang.Groups[0].WaitingFor);
        Assert.Equal("a newer generation was promised", Assert.Throws<GenerationEndedException>(gang.Groups[0].Barrier).Reason);
        Assert.Equal("rank-0", Assert.IsType<PeerLostException>(failures[2]).PeerName);
    }

    [Fact]
    public void WaitingFor_names_the_peer_that_is_late()
    {
        using Gang gang = Gang.Of(Wire.Tcp, 8, Partition.Balanced(8, 3));
        string? seen = null;
        gang.Run(group =>
        {
            if (group.Rank == 1)
            {
                // Rank 0 has rank 2's frame sooner or later, and then waits for this one.
                SpinWait.SpinUntil(() => string.Equals(seen = gang.Groups[0].WaitingFor, "rank-1", StringComparison.Ordinal));
            }

            group.ReduceShardValues<float>(FrameKind.Gradient, 100, 0);
        });
        Assert.Equal("rank-1", seen);
        Assert.All(gang.Groups, group => Assert.Null(group.WaitingFor));
    }

    [Fact]
    public void Abort_before_a_call_refuses_it_and_the_first_reason_stands()
    {
        using ProcessGroup group = ProcessGroup.Alone(4);
        group.Abort("first");
        group.Abort("second");
        Assert.Equal("first", Assert.Throws<GenerationEndedException>(group.Barrier).Reason);
    }

    [Fact]
    public void Dispose_during_a_call_of_another_thread_ends_it()
    {
        using Gang gang = Gang.Of(Wire.Tcp, 8, Partition.Balanced(8, 2));
        Exception?[] failures = gang.Collect(group =>
        {
            if (group.Rank == 1)
            {
                SpinWait.SpinUntil(() => gang.Groups[0].WaitingFor is not null);
                gang.Groups[0].Dispose();
                return;
            }

            group.ReduceShardValues<float>(FrameKind.Gradient, 300_000, 0);
        });
        Assert.IsType<GenerationEndedException>(failures[0]);
        Assert.Throws<GenerationEndedException>(gang.Groups[0].Barrier);
    }

    [Fact]
    public void Second_thread_in_a_collective_is_refused_and_the_first_goes_on()
    {
        using Gang gang = Gang.Of(Wire.Memory, 8, Partition.Balanced(8, 2));
        gang.Run(group =>
        {
            if (group.Rank == 1)
            {
                SpinWait.SpinUntil(() => gang.Groups[0].WaitingFor is not null);
                Assert.Throws<InvalidOperationException>(gang.Groups[0].Barrier);
            }

            group.Barrier();
        });
    }

    [Theory]
    [InlineData(Wire.Tcp)]
    [InlineData(Wire.Tls)]
    [InlineData(Wire.SharedMemory)]
    [InlineData(Wire.Arena)]
    public void Dispose_leaves_no_thread(Wire wire)
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/task"), "threads are counted in /proc/self/task");
        using (Gang gang = Gang.Of(wire, 8, Partition.Balanced(8, 4)))
        {
            // More than the sockets of three peers take at once, so that the root has threads that send the rest.
            gang.Run(group =>
            {
                using var buffer = new AlignedBuffer<byte>(64 << 20);
                group.Broadcast(FrameKind.State, 0, buffer.Host);
            });

            // 4 listeners; senders, a thread a link, only where there was something left to send.
            Assert.InRange(FrameThreads(), 4 + 3, 4 + (4 * 3));
        }

        Assert.Equal(0, FrameThreads());
    }

    // Threads of the room are named "frames …"; the kernel keeps the first 15 characters.
    private static int FrameThreads()
    {
        int count = 0;
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                count += File.ReadAllText(Path.Combine(task, "comm")).StartsWith("frames", StringComparison.Ordinal) ? 1 : 0;
            }
            catch (IOException)
            {
                // The thread ended while it was looked at.
            }
        }

        return count;
    }
}
