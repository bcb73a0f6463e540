using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Volumes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

public sealed class VolumeCacheTests
{
    private readonly List<int> opened = [];

    [Fact]
    public void The_volume_that_was_wanted_longest_ago_goes_when_the_bytes_are_full()
    {
        var cache = new VolumeCache(bytes: 30, entry => Open(entry, bytes: 10));
        foreach (var entry in new[] { 0, 1, 2, 0, 3, 0, 2, 3, 1 })
        {
            Assert.Equal(entry, cache.Get(entry).Count);
        }

        // 3 puts out 1, which then puts out 0.
        Assert.Equal([0, 1, 2, 3, 1], opened);
        cache.Get(0);
        Assert.Equal([0, 1, 2, 3, 1, 0], opened);
    }

    [Fact]
    public void A_volume_larger_than_the_bound_stays_until_the_next_is_opened()
    {
        var cache = new VolumeCache(bytes: 30, entry => Open(entry, bytes: entry == 0 ? 100 : 10));
        foreach (var entry in new[] { 0, 0, 1, 1, 0 })
        {
            cache.Get(entry);
        }

        Assert.Equal([0, 1, 0], opened);
    }

    [Fact]
    public void Threads_that_want_one_volume_wait_for_one_opening()
    {
        const int Threads = 4;
        using var wanting = new CountdownEvent(Threads);
        var cache = new VolumeCache(
            bytes: 30,
            entry =>
            {
                // The opening goes on until all are about to ask.
                wanting.Wait(TestContext.Current.CancellationToken);
                return Open(entry, bytes: 10);
            }
        );
        var given = new ISliceReader[Threads];
        var threads = Enumerable
            .Range(0, Threads)
            .Select(i => new Thread(() =>
            {
                wanting.Signal();
                given[i] = cache.Get(7);
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal([7], opened);
        Assert.Single(given.Distinct());
    }

    [Fact]
    public void An_opening_that_fails_is_tried_again()
    {
        var failures = 1;
        var cache = new VolumeCache(bytes: 30, entry => failures-- > 0 ? throw new DataException("gone") : Open(entry, bytes: 10));
        Assert.Equal("gone", Assert.Throws<DataException>(() => cache.Get(0)).Message);
        Assert.Same(cache.Get(0), cache.Get(0));
        Assert.Equal([0], opened);
    }

    private Slices Open(int entry, long bytes)
    {
        opened.Add(entry);
        return new Slices(entry, bytes);
    }

    private sealed class Slices(int count, long bytes) : ISliceReader
    {
        public int Count => count;

        public long Bytes => bytes;

        public DecodedImage Read(int index, int channels) => throw new NotSupportedException();
    }
}
