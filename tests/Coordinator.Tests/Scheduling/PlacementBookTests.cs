using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class PlacementBookTests
{
    private const string Token = "0123456789abcdef";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PlacementBook book = new(new SchedulingPolicy());
    private readonly WorkerFleet fleet = new(Token, "1.2.0", new RunTimers());

    private static RunReport Report(string run, RunPhase phase, RunDemand? demand = null, Dictionary<string, int>? ranks = null) =>
        new(run, phase, demand, 0, [], ranks ?? []);

    private static RunDemand Gang(int min, string? fingerprint = null, params string[] excluded) =>
        new(DemandKind.Gang, min, min, DeviceKind.Cpu, fingerprint, null, excluded, []);

    private void Connect(string worker)
    {
        var status = RunHarness.Idle(worker) with { Version = "1.2.0" };
        fleet.Hear(status with { Proof = JoinProof.Of(Token, worker, status.Incarnation, status.DataHost, status.DataPort) }, Now);
    }

    [Fact]
    public void Every_run_has_reported_once_the_last_one_has()
    {
        book.AddEnded("old", RunPhase.Completed);
        Assert.True(book.IsComplete);
        book.Add("a");
        book.Add("b");
        book.Follow(Report("a", RunPhase.Queued), Now);
        book.Follow(Report("a", RunPhase.Forming), Now);
        Assert.False(book.IsComplete);
        book.Follow(Report("b", RunPhase.Canceled), Now);
        Assert.True(book.IsComplete);
    }

    [Fact]
    public void Phases_are_counted_as_runs_come_and_end()
    {
        book.AddEnded("old", RunPhase.Completed);
        book.Add("a");
        book.Add("b");
        book.Follow(Report("a", RunPhase.Queued), Now);
        book.Follow(Report("b", RunPhase.Queued), Now);
        Assert.Equal((2, 1), (book.Count(RunPhase.Queued), book.Count(RunPhase.Completed)));
        book.Follow(Report("a", RunPhase.Running), Now);
        book.Follow(Report("a", RunPhase.Completed), Now);
        // One that has ended says so again when it is woken.
        book.Follow(Report("a", RunPhase.Completed), Now);
        book.Follow(Report("old", RunPhase.Completed), Now);
        Assert.Equal((1, 0, 2), (book.Count(RunPhase.Queued), book.Count(RunPhase.Running), book.Count(RunPhase.Completed)));
        Assert.True(book.HasEnded("a") && book.HasEnded("old") && !book.HasEnded("b"));
    }

    [Fact]
    public void Runs_get_workers_in_order_of_submission_and_those_that_have_ended_get_none()
    {
        Connect("w");
        book.Add("first");
        book.Add("second");
        book.Follow(Report("second", RunPhase.Queued, Gang(1)), Now);
        book.Follow(Report("first", RunPhase.Queued, Gang(1)), Now);
        var (offers, _, reasons) = book.Place(fleet, Now);
        Assert.Equal(("first", "w"), (Assert.Single(offers).Run, offers[0].Workers[0]));
        Assert.Equal("second", Assert.Single(reasons).Key);
        Assert.Contains("busy with first", book.Place(fleet, Now).Reasons["second"], StringComparison.Ordinal);
        // The same reason is not told again.
        Assert.Empty(book.Place(fleet, Now).Reasons);
        book.Follow(Report("second", RunPhase.Canceled), Now);
        fleet.Release("w", "first");
        Assert.Empty(book.Place(fleet, Now).Offers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_goes_on_after_its_end_wants_workers_at_its_old_place_in_line(bool endedBefore)
    {
        Connect("w");
        if (endedBefore)
        {
            book.AddEnded("first", RunPhase.Failed);
        }
        else
        {
            book.Add("first");
            book.Follow(Report("first", RunPhase.Failed), Now);
        }

        book.Add("second");
        book.Follow(Report("second", RunPhase.Queued, Gang(1)), Now);
        book.Follow(Report("first", RunPhase.Waiting, Gang(1)), Now);
        Assert.False(book.HasEnded("first"));
        Assert.Equal((0, 1), (book.Count(RunPhase.Failed), book.Count(RunPhase.Waiting)));
        Assert.Equal("first", Assert.Single(book.Place(fleet, Now).Offers).Run);
        book.Follow(Report("first", RunPhase.Canceled), Now);
        Assert.Equal((0, 1, true), (book.Count(RunPhase.Waiting), book.Count(RunPhase.Canceled), book.IsComplete));
    }

    [Fact]
    public void Ranks_are_those_of_runs_that_have_not_ended()
    {
        book.Add("a");
        book.Follow(Report("a", RunPhase.Running, ranks: new() { ["w"] = 3 }), Now);
        Assert.Equal(3, book.Ranks["w"]);
        book.Follow(Report("a", RunPhase.Completed), Now);
        Assert.Empty(book.Ranks);
    }

    [Fact]
    public void An_idle_worker_learns_which_run_it_is_not_fit_for_whichever_that_is()
    {
        Connect("w");
        book.Add("any");
        book.Add("other-bits");
        book.Follow(Report("any", RunPhase.Queued, Gang(2)), Now);
        Assert.Empty(book.Misfits(fleet.Schedulable(Now), Now));
        book.Follow(Report("other-bits", RunPhase.Queued, Gang(2, "other")), Now);
        Assert.Contains("computes other bits than other-bits", book.Misfits(fleet.Schedulable(Now), Now)["w"], StringComparison.Ordinal);
        book.Follow(Report("any", RunPhase.Queued, Gang(2, null, fleet.Schedulable(Now)[0].Process)), Now);
        Assert.Contains("failed in any", book.Misfits(fleet.Schedulable(Now), Now)["w"], StringComparison.Ordinal);
    }
}
