using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class GangSchedulerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static QueuedDemand Wants(
        string run,
        DemandKind kind,
        int min,
        int max,
        string? fingerprint = null,
        DateTimeOffset? notBefore = null,
        string[]? excluded = null,
        string[]? preferred = null
    ) => new(run, new RunDemand(kind, min, max, DeviceKind.Cpu, fingerprint, notBefore, excluded ?? [], preferred ?? []));

    private static SchedulableWorker Worker(string id, string fingerprint = "f", string? busy = null, DeviceKind device = DeviceKind.Cpu) =>
        new(id, $"{id}#1", device, fingerprint, busy);

    [Fact]
    public void A_gang_takes_all_idle_workers_up_to_its_maximum()
    {
        var schedule = GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 3)], [Worker("d"), Worker("a"), Worker("b"), Worker("c")], Now);
        Assert.Equal(["a", "b", "c"], Assert.Single(schedule.Placements).Workers);
    }

    [Fact]
    public void Below_its_minimum_a_run_gets_nobody_and_the_reason_says_what_is_missing()
    {
        var schedule = GangScheduler.Decide([Wants("r", DemandKind.Gang, 2, 4)], [Worker("a"), Worker("b", busy: "r-x")], Now);
        Assert.Empty(schedule.Placements);
        Assert.Equal("needs 2 workers on cpu, 1 is idle (1 busy with r-x)", schedule.Reasons["r"]);
    }

    [Fact]
    public void No_worker_at_all_is_said_in_words() =>
        Assert.Equal(
            "needs 1 worker on cpu, none is connected",
            GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 4)], [], Now).Reasons["r"]
        );

    [Fact]
    public void A_worker_of_another_device_does_not_count() =>
        Assert.Equal(
            "needs 1 worker on cpu, none is connected",
            GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 4)], [Worker("a", device: DeviceKind.Cuda)], Now).Reasons["r"]
        );

    [Fact]
    public void A_gang_has_one_fingerprint_the_most_common()
    {
        var schedule = GangScheduler.Decide(
            [Wants("r", DemandKind.Gang, 1, 4)],
            [Worker("a", "x"), Worker("b", "y"), Worker("c", "y")],
            Now
        );
        Assert.Equal(["b", "c"], Assert.Single(schedule.Placements).Workers);
    }

    [Fact]
    public void A_run_that_has_begun_keeps_its_fingerprint()
    {
        var schedule = GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 4, "x")], [Worker("b", "y"), Worker("c", "y")], Now);
        Assert.Empty(schedule.Placements);
        Assert.Contains("other bits", schedule.Reasons["r"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_queue_is_in_order_of_submission()
    {
        var schedule = GangScheduler.Decide(
            [Wants("first", DemandKind.Gang, 2, 2), Wants("second", DemandKind.Gang, 1, 2)],
            [Worker("a"), Worker("b"), Worker("c")],
            Now
        );
        Assert.Equal([("first", 2), ("second", 1)], schedule.Placements.Select(p => (p.Run, p.Workers.Count)));
    }

    [Fact]
    public void A_later_run_does_not_overtake_one_that_will_get_its_turn()
    {
        var schedule = GangScheduler.Decide(
            [Wants("first", DemandKind.Gang, 2, 2), Wants("second", DemandKind.Gang, 1, 2)],
            [Worker("a"), Worker("b", busy: "r-x")],
            Now
        );
        Assert.Empty(schedule.Placements);
        Assert.Equal("waits behind first", schedule.Reasons["second"]);
    }

    [Fact]
    public void A_later_run_overtakes_one_that_the_fleet_cannot_serve()
    {
        var schedule = GangScheduler.Decide(
            [Wants("first", DemandKind.Gang, 3, 3), Wants("second", DemandKind.Gang, 1, 2)],
            [Worker("a"), Worker("b", busy: "r-x")],
            Now
        );
        Assert.Equal("second", Assert.Single(schedule.Placements).Run);
    }

    [Fact]
    public void Growth_comes_after_all_that_wait_and_after_its_hold_off()
    {
        var growth = Wants("training", DemandKind.Growth, 1, 3, notBefore: Now.AddSeconds(5));
        Assert.Empty(GangScheduler.Decide([growth], [Worker("a")], Now).Placements);
        Assert.Single(GangScheduler.Decide([growth], [Worker("a")], Now.AddSeconds(5)).Placements);
        var both = GangScheduler.Decide([growth, Wants("new", DemandKind.Gang, 1, 1)], [Worker("a")], Now.AddSeconds(5));
        Assert.Equal("new", Assert.Single(both.Placements).Run);
    }

    [Fact]
    public void An_evaluation_takes_a_former_member_first()
    {
        var schedule = GangScheduler.Decide(
            [Wants("r", DemandKind.Evaluation, 1, 1, preferred: ["c"])],
            [Worker("a"), Worker("c", "y")],
            Now
        );
        Assert.Equal(["c"], Assert.Single(schedule.Placements).Workers);
    }

    [Fact]
    public void A_process_that_failed_in_the_run_is_not_given_to_it_again() =>
        Assert.Empty(GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 1, excluded: ["a#1"])], [Worker("a")], Now).Placements);

    [Fact]
    public void Runs_that_want_the_same_are_told_the_same_until_workers_are_given_away()
    {
        var schedule = GangScheduler.Decide(
            [
                Wants("r1", DemandKind.Gang, 3, 3),
                Wants("r2", DemandKind.Gang, 3, 3),
                Wants("r3", DemandKind.Gang, 1, 1),
                Wants("r4", DemandKind.Gang, 3, 3),
            ],
            [Worker("a"), Worker("b")],
            Now
        );
        Assert.Equal("r3", Assert.Single(schedule.Placements).Run);
        Assert.Equal("needs 3 workers on cpu, 2 are idle", schedule.Reasons["r1"]);
        Assert.Equal(schedule.Reasons["r1"], schedule.Reasons["r2"]);
        Assert.StartsWith("needs 3 workers on cpu, 1 is idle", schedule.Reasons["r4"], StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_keeps_somebody_out_is_not_told_what_others_are()
    {
        var schedule = GangScheduler.Decide(
            [Wants("r1", DemandKind.Gang, 2, 2), Wants("r2", DemandKind.Gang, 2, 2, excluded: ["a#1"])],
            [Worker("a")],
            Now
        );
        Assert.Equal("needs 2 workers on cpu, 1 is idle", schedule.Reasons["r1"]);
        Assert.Contains("failed in this run", schedule.Reasons["r2"], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_runs_that_keep_workers_busy_some_are_named_and_the_others_counted()
    {
        var workers = Enumerable.Range(0, 9).Select(i => Worker($"w{i}", busy: $"r-{i}")).ToArray();
        Assert.Equal(
            "needs 1 worker on cpu, none is idle (9 busy with r-0, r-1, r-2, r-3, r-4 and 4 others)",
            GangScheduler.Decide([Wants("r", DemandKind.Gang, 1, 1)], workers, Now).Reasons["r"]
        );
    }
}
