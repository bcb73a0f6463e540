using Orchestrator.Coordinator.Scheduling;
using Xunit;
using static Orchestrator.Coordinator.Tests.Scheduling.Queues;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class RecallsTests
{
    private static readonly string[] LowMembers = ["l1", "l2", "l3", "l4"];

    private static IEnumerable<SchedulableWorker> Low => Workers("l", 4, busy: "low");

    [Fact]
    public void A_run_above_its_minimum_gives_its_last_ranks_to_a_higher_priority()
    {
        var schedule = Decide([Wants("high", 3, 8, priority: 5)], [.. Low, Worker("i")], [Gang("low", 1, LowMembers)]);
        Assert.Empty(schedule.Placements);
        var recall = Assert.Single(schedule.Recalls);
        Assert.Equal(("low", false, "high"), (recall.Run, recall.Stops, recall.For));
        Assert.Equal(["l3", "l4"], recall.Workers);
        Assert.Equal("gives l3, l4 to high (priority 5, this run's is 0)", recall.Reason);
        Assert.Equal("needs 3 workers on cpu, 1 is idle (4 busy with low); takes 2 from low, of lower priority", schedule.Reasons["high"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nobody_gives_to_a_priority_that_is_not_higher(int priority) =>
        Assert.Empty(Decide([Wants("r", 2, 2)], Low, [Gang("low", 1, LowMembers, priority: priority)]).Recalls);

    [Fact]
    public void Age_is_no_reason_to_take_from_others() =>
        Assert.Empty(Decide([Wants("r", 2, 2, waited: TimeSpan.FromDays(30))], Low, [Gang("low", 1, LowMembers)]).Recalls);

    [Fact]
    public void A_run_is_stopped_only_where_shrinking_is_not_enough()
    {
        var workers = Low.Concat(Workers("m", 2, busy: "mid"));
        HeldGang[] gangs = [Gang("low", 2, LowMembers, priority: -5), Gang("mid", 1, ["m1", "m2"])];
        var three = Decide([Wants("high", 3, 3, priority: 5)], workers, gangs);
        Assert.Equal([("low", 2, false), ("mid", 1, false)], three.Recalls.Select(r => (r.Run, r.Workers.Count, r.Stops)));
        // Its two more are enough: the other keeps what it has.
        var four = Decide([Wants("high", 4, 4, priority: 5)], workers, gangs);
        Assert.Equal([("low", 4, true)], four.Recalls.Select(r => (r.Run, r.Workers.Count, r.Stops)));
        Assert.Equal("stopped for high (priority 5, this run's is -5)", four.Recalls[0].Reason);
    }

    [Fact]
    public void Who_cannot_start_even_with_all_of_them_takes_nobody()
    {
        var workers = Low.Append(Worker("k", busy: "kept"));
        var schedule = Decide(
            [Wants("high", 5, 5, priority: 5)],
            workers,
            [Gang("low", 1, LowMembers), Gang("kept", 1, ["k"], priority: 5)]
        );
        Assert.Empty(schedule.Recalls);
        Assert.Equal("needs 5 workers on cpu, none is idle (5 busy with kept, low)", schedule.Reasons["high"]);
    }

    [Fact]
    public void A_run_that_was_given_workers_a_moment_ago_is_shrunk_and_not_stopped()
    {
        HeldGang[] young = [Gang("low", 1, LowMembers, minutes: 4)];
        Assert.Empty(Decide([Wants("high", 4, 4, priority: 5)], Low, young).Recalls);
        Assert.Single(Decide([Wants("high", 3, 3, priority: 5)], Low, young).Recalls);
        Assert.Single(Decide([Wants("high", 4, 4, priority: 5)], Low, [Gang("low", 1, LowMembers, minutes: 5)]).Recalls);
    }

    [Fact]
    public void Of_equal_priorities_who_has_had_most_gives_first()
    {
        var use = DeviceUse.None with { Users = new Dictionary<string, double> { ["bob"] = 50 } };
        var schedule = Decide(
            [Wants("high", 1, 1, priority: 1)],
            [.. Workers("a", 2, busy: "as"), .. Workers("b", 2, busy: "bs")],
            [Gang("as", 1, ["a1", "a2"]), Gang("bs", 1, ["b1", "b2"], user: "bob")],
            use: use
        );
        Assert.Equal("bs", Assert.Single(schedule.Recalls).Run);
    }

    [Fact]
    public void What_is_on_its_way_is_not_asked_for_again()
    {
        var schedule = Decide([Wants("high", 2, 2, priority: 5)], Low, [Gang("low", 1, LowMembers, leaving: ["l3", "l4"])]);
        Assert.Empty(schedule.Recalls);
        Assert.EndsWith("; 2 are on their way from low", schedule.Reasons["high"], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_given_back_is_not_lent_again_to_who_gave_it()
    {
        var growth = Wants("low", 1, 2, kind: DemandKind.Growth);
        var workers = Workers("l", 3, busy: "low").Append(Worker("l4"));
        var schedule = Decide([Wants("high", 2, 2, priority: 5), growth], workers, [Gang("low", 1, ["l1", "l2", "l3"], leaving: ["l3"])]);
        Assert.Empty(schedule.Placements);
        Assert.Equal("waits behind high", schedule.Reasons["low"]);
    }

    [Fact]
    public void Only_workers_of_one_fingerprint_count_together()
    {
        var workers = Low.Concat(Workers("o", 3, busy: "old", fingerprint: "old"));
        HeldGang[] gangs = [Gang("low", 1, LowMembers), Gang("old", 1, ["o1", "o2", "o3"])];
        Assert.Equal("low", Assert.Single(Decide([Wants("high", 3, 3, priority: 1)], workers, gangs).Recalls).Run);
        Assert.Empty(Decide([Wants("high", 5, 5, priority: 1)], workers, gangs).Recalls);
    }

    [Fact]
    public void Without_preemption_nobody_gives() =>
        Assert.Empty(
            Decide(
                [Wants("high", 2, 2, priority: 5)],
                Low,
                [Gang("low", 1, LowMembers)],
                new SchedulingPolicy { Preemption = false }
            ).Recalls
        );
}
