using Orchestrator.Coordinator.Api;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Api;

public sealed class RunBoardTests
{
    private readonly RunBoard board = new();
    private readonly RunState any = new RunHarness().State;

    private void Publish(string run, int second, RunPhase? end = null) =>
        board.Publish(any with { Run = run, CreatedAt = any.CreatedAt.AddSeconds(second), End = end });

    private string[] Page(int limit, string? before = null, params RunPhase[] phases) =>
        [.. board.Page(new RunQuery(limit, before, phases))!.Runs.Select(run => run.Run)];

    [Fact]
    public void Pages_go_from_the_newest_to_the_oldest_and_miss_none()
    {
        // Restored runs are published in any order.
        foreach (var (run, second) in (ReadOnlySpan<(string, int)>)[("c", 3), ("a", 1), ("e", 5), ("d", 3), ("b", 2)])
        {
            Publish(run, second);
        }

        var newest = board.Page(new RunQuery(2, null, []))!;
        Assert.Equal(["d", "e"], newest.Runs.Select(run => run.Run));
        Assert.Equal("d", newest.Next);
        var older = board.Page(new RunQuery(2, newest.Next, []))!;
        Assert.Equal(["b", "c"], older.Runs.Select(run => run.Run));
        var oldest = board.Page(new RunQuery(2, older.Next, []))!;
        Assert.Equal(["a"], oldest.Runs.Select(run => run.Run));
        Assert.Null(oldest.Next);
        Assert.Equal(["a", "b", "c", "d", "e"], board.Runs.Select(run => run.Run));
    }

    [Fact]
    public void A_page_of_all_that_are_left_has_no_next()
    {
        Publish("a", 1);
        Publish("b", 2);
        Assert.Null(board.Page(new RunQuery(2, null, []))!.Next);
        Assert.Equal(["a", "b"], Page(2));
    }

    [Fact]
    public void Phases_are_looked_for_beyond_the_newest_runs()
    {
        Publish("a", 1, RunPhase.Failed);
        Publish("b", 2, RunPhase.Completed);
        Publish("c", 3);
        Assert.Equal(["a"], Page(1, null, RunPhase.Failed));
        Assert.Equal(["a", "b"], Page(5, null, RunPhase.Failed, RunPhase.Completed));
        Assert.Equal(["a"], Page(5, "b", RunPhase.Failed, RunPhase.Completed));
    }

    [Fact]
    public void A_newer_state_takes_the_place_of_the_older_one()
    {
        Publish("a", 1);
        Publish("b", 2);
        Publish("a", 1, RunPhase.Canceled);
        Assert.Equal(["a", "b"], Page(5));
        Assert.Equal(RunPhase.Canceled, board.Runs[0].End);
        board.Clear();
        Assert.Empty(Page(5));
    }

    [Fact]
    public void A_run_that_is_not_here_begins_no_page() => Assert.Null(board.Page(new RunQuery(5, "nobody", [])));
}
