using System.Collections.Concurrent;
using Orchestrator.Pretraining.Training;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

public sealed class ShardGangTests
{
    [Fact]
    public void Every_item_is_taken_once()
    {
        using var gang = new ShardGang(3, "test");
        for (var phase = 0; phase < 50; phase++)
        {
            var taken = new ConcurrentBag<int>();
            gang.ForEach(17, (_, item) => taken.Add(item));
            Assert.Equal(Enumerable.Range(0, 17), taken.Order());
        }
    }

    [Fact]
    public void The_first_failure_is_rethrown_when_all_threads_are_back_and_the_gang_goes_on()
    {
        using var gang = new ShardGang(2, "test");
        var failure = Assert.Throws<InvalidOperationException>(() =>
            gang.ForEach(100, (_, item) => throw new InvalidOperationException($"item {item}"))
        );
        Assert.StartsWith("item", failure.Message, StringComparison.Ordinal);
        var count = 0;
        gang.ForEach(5, (_, _) => Interlocked.Increment(ref count));
        Assert.Equal(5, count);
    }

    [Fact]
    public void An_aborted_phase_stops_before_its_next_items()
    {
        using var gang = new ShardGang(1, "test");
        var done = 0;
        var failure = Assert.Throws<StepAbortedException>(() =>
            gang.ForEach(
                10,
                (_, item) =>
                {
                    done++;
                    if (item == 2)
                    {
                        gang.Abort("enough");
                    }
                }
            )
        );
        Assert.Contains("enough", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, done);
    }

    [Fact]
    public void What_runs_meanwhile_stops_the_phase_by_its_failure_and_hears_when_all_are_back()
    {
        using var gang = new ShardGang(2, "test");
        using var back = new ManualResetEventSlim();
        var done = 0;
        var complete = false;
        gang.ForEach(6, (_, _) => Interlocked.Increment(ref done), meanwhile: back.Wait, whenBack: Back);
        Assert.Equal((6, true), (done, complete));
        back.Reset();
        Assert.Throws<InvalidOperationException>(() =>
            gang.ForEach(6, (_, item) => throw new InvalidOperationException($"item {item}"), meanwhile: back.Wait, whenBack: Back)
        );
        Assert.False(complete);
        var failure = Assert.Throws<InvalidOperationException>(() =>
            gang.ForEach(6, (_, _) => { }, meanwhile: () => throw new InvalidOperationException("meanwhile"))
        );
        Assert.Equal("meanwhile", failure.Message);

        void Back(bool all)
        {
            complete = all;
            back.Set();
        }
    }

    [Fact]
    public void A_commit_runs_to_its_end_though_aborted()
    {
        using var gang = new ShardGang(1, "test");
        gang.Abort("too late");
        var done = 0;
        gang.ForEach(4, (_, _) => done++, abortable: false);
        Assert.Equal(4, done);
        Assert.Throws<StepAbortedException>(() => gang.ForEach(1, (_, _) => { }));
        gang.ClearAbort();
        gang.ForEach(1, (_, _) => done++);
        Assert.Equal(5, done);
    }
}
