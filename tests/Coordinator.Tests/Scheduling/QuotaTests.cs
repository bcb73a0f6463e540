using Orchestrator.Coordinator.Scheduling;
using Xunit;
using static Orchestrator.Coordinator.Tests.Scheduling.Queues;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class QuotaTests
{
    private static readonly SchedulingPolicy FourAtOnce = With("p", new ProjectPolicy { Workers = 4 });
    private static readonly SchedulingPolicy TenHours = With("p", new ProjectPolicy { DeviceHours = 10 });

    private static DeviceUse Window(double hours) => DeviceUse.None with { Window = new Dictionary<string, double> { ["p"] = hours } };

    [Fact]
    public void A_gang_is_cut_to_what_its_project_may_still_have()
    {
        var schedule = Decide(
            [Wants("r", 1, 8, project: "p")],
            [.. Workers("w", 8), Worker("x", busy: "other")],
            [Gang("other", 1, ["x"], project: "p")],
            FourAtOnce
        );
        Assert.Equal(3, Assert.Single(schedule.Placements).Workers.Count);
    }

    [Fact]
    public void A_project_at_its_limit_waits_and_keeps_nothing_from_others()
    {
        var schedule = Decide(
            [Wants("full", 3, 3, project: "p"), Wants("later", 2, 2, project: "q")],
            [.. Workers("w", 3), .. Workers("x", 2, busy: "other")],
            [Gang("other", 1, ["x1", "x2"], project: "p")],
            FourAtOnce
        );
        Assert.Equal("later", Assert.Single(schedule.Placements).Run);
        Assert.Equal("needs 3 workers on cpu, project p may have 4 at once and has 2", schedule.Reasons["full"]);
    }

    [Fact]
    public void A_run_that_its_project_can_never_start_is_told_so() =>
        Assert.Equal(
            "needs 5 workers on cpu, project p may have 4 at once: it can never start like this",
            Decide([Wants("r", 5, 8, project: "p")], Workers("w", 8), policy: FourAtOnce).Reasons["r"]
        );

    [Fact]
    public void Used_hours_keep_new_gangs_and_growth_back_but_not_a_recovery()
    {
        var queue = new[]
        {
            Wants("new", 1, 1, project: "p"),
            Wants("grows", 1, 1, project: "p", kind: DemandKind.Growth),
            Wants("recovers", 1, 1, project: "p", kind: DemandKind.More),
        };
        var schedule = Decide(queue, Workers("w", 3), policy: TenHours, use: Window(10));
        Assert.Equal("recovers", Assert.Single(schedule.Placements).Run);
        Assert.StartsWith("project p has used 10 of the 10 device-hours", schedule.Reasons["new"], StringComparison.Ordinal);
        Assert.Equal(3, Decide(queue, Workers("w", 3), policy: TenHours, use: Window(9.9)).Placements.Count);
    }

    [Fact]
    public void An_evaluation_needs_no_quota() =>
        Assert.Single(
            Decide(
                [Wants("r", 1, 1, project: "p", kind: DemandKind.Evaluation)],
                Workers("w", 1),
                policy: TenHours,
                use: Window(99)
            ).Placements
        );
}
