using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Tests.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class RunRosterTests
{
    private readonly List<RunState> started = [];
    private readonly RunRoster<string> roster;
    private readonly RunHarness run = new();

    public RunRosterTests() =>
        roster = new RunRoster<string>(state =>
        {
            started.Add(state);
            return state.Run;
        });

    [Fact]
    public void A_run_that_rests_is_started_when_it_is_first_spoken_to_as_it_was_submitted()
    {
        run.Take(new CancelAsked());
        roster.Rest(run.State);
        Assert.True(roster.Knows("r-1"));
        Assert.Empty(started);
        Assert.NotNull(roster.Find("r-1"));
        Assert.NotNull(roster.Find("r-1"));
        var state = Assert.Single(started);
        Assert.Equal((null, 0, run.State.CreatedAt), (state.End, state.History.Count, state.CreatedAt));
        Assert.Equal(["r-1"], roster.Names);
    }

    [Fact]
    public void A_run_that_may_still_change_is_started_at_once_and_nobody_else_is_found()
    {
        roster.Begin(run.State);
        Assert.Single(started);
        Assert.Null(roster.Find("r-2"));
        Assert.False(roster.Knows("r-2"));
    }
}
