using Orchestrator.Coordinator.Scheduling;
using Xunit;
using static Orchestrator.Coordinator.Tests.Scheduling.Queues;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class BackfillTests
{
    [Fact]
    public void A_later_run_takes_workers_that_the_first_one_cannot_use()
    {
        // Of the old machines there are too few for the first run, whoever ends.
        var schedule = Decide(
            [Wants("first", 3, 3), Wants("second", 2, 2)],
            [.. Workers("n", 1), .. Workers("b", 2, busy: "r-x"), .. Workers("o", 2, fingerprint: "old")]
        );
        Assert.Equal(["o1", "o2"], Assert.Single(schedule.Placements).Workers);
        Assert.Equal("second", schedule.Placements[0].Run);
    }

    [Fact]
    public void What_the_first_one_could_use_is_kept_for_it_from_gangs_and_growth()
    {
        var schedule = Decide(
            [Wants("first", 3, 3), Wants("second", 1, 1), Wants("third", 1, 1, kind: DemandKind.Growth)],
            [.. Workers("n", 2), Worker("b", busy: "r-x")]
        );
        Assert.Empty(schedule.Placements);
        Assert.Equal(("waits behind first", "waits behind first"), (schedule.Reasons["second"], schedule.Reasons["third"]));
    }

    [Fact]
    public void Kept_workers_are_lent_to_who_can_be_shrunk_for_the_first_one()
    {
        var workers = new[] { Worker("a"), Worker("b", busy: "r-x"), Worker("c", fingerprint: "old") };
        var growth = Wants("low", 1, 2, priority: -1, kind: DemandKind.Growth, fingerprint: "f");
        Assert.Equal(["a"], Assert.Single(Decide([Wants("first", 2, 2), growth], workers).Placements).Workers);
        // Not where preemption is off, nor at the first one's own priority.
        Assert.Empty(Decide([Wants("first", 2, 2), growth], workers, policy: new SchedulingPolicy { Preemption = false }).Placements);
        Assert.Empty(Decide([Wants("first", 2, 2), growth with { Priority = 0 }], workers).Placements);
        // A gang has its minimum of others.
        Assert.Equal(["c"], Assert.Single(Decide([Wants("first", 2, 2), Wants("low", 1, 2, priority: -1)], workers).Placements).Workers);
    }

    [Fact]
    public void A_recovery_takes_kept_workers_unless_its_priority_is_lower()
    {
        var workers = new[] { Worker("a"), Worker("b", busy: "r-x") };
        var more = Wants("recovers", 1, 2, kind: DemandKind.More);
        Assert.Equal("recovers", Assert.Single(Decide([Wants("first", 2, 2), more], workers).Placements).Run);
        Assert.Empty(Decide([Wants("first", 2, 2, priority: 1), more], workers).Placements);
    }

    [Fact]
    public void Each_kind_of_device_has_a_first_one_of_its_own()
    {
        var cuda = Wants("cuda", 2, 2);
        cuda = cuda with { Demand = cuda.Demand with { Device = Orchestrator.Shared.Runs.DeviceKind.Cuda } };
        var gpu = Worker("g1") with { Device = Orchestrator.Shared.Runs.DeviceKind.Cuda };
        var schedule = Decide(
            [Wants("first", 2, 2), cuda, cuda with { Run = "later", Demand = cuda.Demand with { Min = 1, Max = 1 } }],
            [Worker("a"), Worker("b", busy: "r-x"), gpu, gpu with { WorkerId = "g2", BusyWith = "r-y" }]
        );
        Assert.Empty(schedule.Placements);
        Assert.Equal("waits behind cuda", schedule.Reasons["later"]);
    }
}
