using Microsoft.Extensions.Time.Testing;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Storage.Cache;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Storage;

public sealed class CachedStoreTests : IDisposable
{
    private const int FileBytes = 1000;
    private const int Files = 200;
    private const long Ample = 1L << 30;

    private readonly DataFolder data = new();
    private readonly DataFolder cache = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<string> told = [];

    public CachedStoreTests()
    {
        for (var i = 0; i < Files; i++)
        {
            data.Write(Name(i), Content(i));
        }
    }

    private string Blocks => Path.Combine(cache.Root, "blocks");

    public void Dispose()
    {
        data.Dispose();
        cache.Dispose();
    }

    [Fact]
    public void What_one_store_has_read_another_has_without_a_fetch()
    {
        using (var first = Open(out var fetches))
        {
            first.List("set");
            Assert.Equal(Content(3), first.ReadAll(Name(3), FileBytes).ToArray());
            Assert.Equal(Content(3), first.ReadAll(Name(3), FileBytes).ToArray());
            Assert.Equal(Content(4)[10..30], first.Read(Name(4), 10, 20).ToArray());
            Assert.Equal(2, fetches.Reads);
        }

        // The stamp tells the same as the listing.
        using var second = Open(out var none);
        second.Stamp("set");
        Assert.Equal(Content(3), second.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(Content(4)[10..30], second.Read(Name(4), 10, 20).ToArray());
        Assert.Equal(0, none.Reads);
        Assert.Equal(Content(4)[10..31], second.Read(Name(4), 10, 21).ToArray());
        Assert.Equal(1, none.Reads);
    }

    [Fact]
    public void A_changed_listing_finds_nothing_of_the_earlier_one()
    {
        using var store = Open(out var fetches);
        store.List("set");
        store.ReadAll(Name(3), FileBytes);
        var changed = Content(3).Reverse().ToArray();
        data.Write(Name(3), changed);
        data.Write("set/more.bin", [1]);
        Directory.SetLastWriteTimeUtc(Path.Combine(data.Root, "set"), new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        store.List("set");
        Assert.Equal(changed, store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(2, fetches.Reads);
    }

    [Fact]
    public void What_no_listing_has_found_is_not_kept()
    {
        using var store = Open(out var fetches);
        store.ReadAll(Name(3), FileBytes);
        store.ReadAll(Name(3), FileBytes);
        Assert.Equal(2, fetches.Reads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(FileBytes + 15)]
    public void A_damaged_block_is_fetched_again(int at)
    {
        using var store = Open(out var fetches);
        store.List("set");
        store.ReadAll(Name(3), FileBytes);
        var block = Assert.Single(BlockFiles());
        var bytes = File.ReadAllBytes(block.FullName);
        bytes[at] ^= 1;
        File.WriteAllBytes(block.FullName, bytes);
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(2, fetches.Reads);
        File.WriteAllBytes(block.FullName, bytes[..^1]);
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(3, fetches.Reads);
        Assert.Empty(told);
    }

    [Fact]
    public void A_block_in_anothers_place_is_damage()
    {
        using var store = Open(out var fetches);
        store.List("set");
        store.ReadAll(Name(3), FileBytes);
        var third = Assert.Single(BlockFiles()).FullName;
        store.ReadAll(Name(4), FileBytes);
        var fourth = Assert.Single(BlockFiles(), file => file.FullName != third).FullName;
        File.Copy(third, fourth, overwrite: true);
        Assert.Equal(Content(4), store.ReadAll(Name(4), FileBytes).ToArray());
        Assert.Equal(3, fetches.Reads);
    }

    [Fact]
    public void Threads_that_want_one_block_fetch_it_once()
    {
        const int Threads = 8;
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        using var store = Open(
            out var fetches,
            onRead: () =>
            {
                begun.Set();
                go.Wait();
            }
        );
        store.List("set");
        var found = new byte[Threads][];
        var threads = Enumerable
            .Range(0, Threads)
            .Select(t => new Thread(() => found[t] = store.ReadAll(Name(3), FileBytes).ToArray()))
            .ToList();
        threads[0].Start();
        begun.Wait();
        threads.Skip(1).ToList().ForEach(thread => thread.Start());
        Assert.True(SpinWait.SpinUntil(() => threads.All(thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin)), 30_000));
        go.Set();
        threads.ForEach(thread => thread.Join());
        Assert.All(found, content => Assert.Equal(Content(3), content));
        Assert.Equal(1, fetches.Reads);
    }

    [Fact]
    public void A_failed_fetch_is_tried_again_by_the_next_reader()
    {
        var fails = true;
        using var store = Open(out var fetches, onRead: () => _ = fails ? throw new DataException("out of order") : 0);
        store.List("set");
        Assert.Throws<DataException>(() => store.ReadAll(Name(3), FileBytes));
        fails = false;
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(2, fetches.Reads);
    }

    [Fact]
    public void The_longest_unused_blocks_make_room()
    {
        const int Room = 40;
        using var store = Open(out var fetches, capacity: Room * (FileBytes + BlockFile.Trailer));
        store.List("set");
        for (var i = 0; i < Room; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            store.ReadAll(Name(i), FileBytes);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        store.ReadAll(Name(0), FileBytes);
        Assert.Equal(Room, fetches.Reads);
        time.Advance(TimeSpan.FromSeconds(1));
        store.ReadAll(Name(Room), FileBytes);
        Assert.InRange(Held(), 1, Room * (FileBytes + BlockFile.Trailer));
        store.ReadAll(Name(0), FileBytes);
        store.ReadAll(Name(Room), FileBytes);
        store.ReadAll(Name(Room - 1), FileBytes);
        Assert.Equal(Room + 1, fetches.Reads);
        store.ReadAll(Name(1), FileBytes);
        Assert.Equal(Room + 2, fetches.Reads);
    }

    [Fact]
    public void Many_threads_of_two_stores_stay_within_the_bound_and_read_the_right_bytes()
    {
        const int ThreadsEach = 4;
        const long Capacity = 50 * (FileBytes + BlockFile.Trailer);
        using var one = Open(out _, Capacity);
        using var other = Open(out _, Capacity);
        var wrong = 0;
        var largest = 0L;
        var threads = new[] { one, other }
            .SelectMany(store => Enumerable.Repeat(store, ThreadsEach))
            .Select(
                (store, t) =>
                    new Thread(() =>
                    {
                        store.Stamp("set");
                        for (var k = 0; k < 2 * Files; k++)
                        {
                            var i = ((k * 7) + (t * 31)) % Files;
                            if (!store.ReadAll(Name(i), FileBytes).Span.SequenceEqual(Content(i)))
                            {
                                Interlocked.Increment(ref wrong);
                            }

                            if (k % 20 == 0)
                            {
                                InterlockedMax(ref largest, Held());
                            }
                        }
                    })
            )
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(0, wrong);
        // What is being written at a moment may not be counted yet.
        Assert.InRange(largest, Capacity / 2, Capacity + (2 * ThreadsEach * (FileBytes + BlockFile.Trailer)));
        Assert.Empty(told);
    }

    [Fact]
    public void A_count_that_a_killed_process_left_wrong_is_set_right()
    {
        const long Capacity = 40 * (FileBytes + BlockFile.Trailer);
        Directory.CreateDirectory(Path.Combine(Blocks, "00"));
        File.WriteAllBytes(Path.Combine(Blocks, "usage"), BitConverter.GetBytes(long.MaxValue / 2));
        var abandoned = cache.Write("blocks/00/half.new", new byte[10]);
        File.SetLastWriteTimeUtc(abandoned, time.GetUtcNow().UtcDateTime - TimeSpan.FromHours(2));
        using var store = Open(out var fetches, Capacity);
        store.List("set");
        store.ReadAll(Name(3), FileBytes);
        store.ReadAll(Name(3), FileBytes);
        Assert.Equal(1, fetches.Reads);
        Assert.Equal(FileBytes + BlockFile.Trailer, BitConverter.ToInt64(File.ReadAllBytes(Path.Combine(Blocks, "usage"))));
        Assert.False(File.Exists(abandoned));
    }

    [Fact]
    public void A_file_that_would_drive_out_many_is_not_kept()
    {
        using var store = Open(out var fetches, capacity: 4 * FileBytes);
        store.List("set");
        store.ReadAll(Name(3), FileBytes);
        store.ReadAll(Name(3), FileBytes);
        Assert.Equal(2, fetches.Reads);
        Assert.Empty(BlockFiles());
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_told_once_and_costs_fetches_only()
    {
        Directory.CreateDirectory(Blocks);
        for (var i = 0; i < 256; i++)
        {
            // In the way of the folders that blocks are put into, also for root.
            File.WriteAllBytes(Path.Combine(Blocks, i.ToString("x2", null)), []);
        }

        using var store = Open(out var fetches);
        store.List("set");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        }

        Assert.Equal(5, fetches.Reads);
        Assert.Contains(Blocks, Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(0, BitConverter.ToInt64(File.ReadAllBytes(Path.Combine(Blocks, "usage"))));
        foreach (var file in new DirectoryInfo(Blocks).EnumerateFiles("??"))
        {
            file.Delete();
        }

        time.Advance(TimeSpan.FromMinutes(2));
        store.ReadAll(Name(3), FileBytes);
        store.ReadAll(Name(3), FileBytes);
        Assert.Equal(6, fetches.Reads);
    }

    [Fact]
    public void A_cache_folder_that_cannot_be_made_is_told_once_and_costs_fetches_only()
    {
        cache.Write("blocks", [1]);
        using var store = Open(out var fetches);
        store.List("set");
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(Content(3), store.ReadAll(Name(3), FileBytes).ToArray());
        Assert.Equal(2, fetches.Reads);
        Assert.Single(told);
    }

    private static string Name(int i) => $"set/{i:D3}.bin";

    private static byte[] Content(int i) => [.. Enumerable.Range(0, FileBytes).Select(k => (byte)((k * 31) + (i * 7)))];

    private static void InterlockedMax(ref long place, long value)
    {
        for (var seen = Interlocked.Read(ref place); value > seen; seen = Interlocked.Read(ref place))
        {
            Interlocked.CompareExchange(ref place, value, seen);
        }
    }

    private CachedStore Open(out CountedStore counted, long capacity = Ample, Action? onRead = null)
    {
        counted = new CountedStore(new FolderStore(data.Root)) { OnRead = onRead ?? (() => { }) };
        return new CachedStore(counted, new BlockCache(Blocks, capacity, told.Add, time));
    }

    private List<FileInfo> BlockFiles() =>
        [.. new DirectoryInfo(Blocks).EnumerateDirectories().SelectMany(folder => folder.EnumerateFiles())];

    /// <summary>Bytes of the finished blocks.</summary>
    private long Held()
    {
        var sum = 0L;
        foreach (var file in BlockFiles().Where(file => !file.Name.EndsWith(BlockFile.Unfinished, StringComparison.Ordinal)))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Given up meanwhile.
            }
        }

        return sum;
    }
}
