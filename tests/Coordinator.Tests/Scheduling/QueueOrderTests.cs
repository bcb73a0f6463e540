using Orchestrator.Coordinator.Scheduling;
using Xunit;
using static Orchestrator.Coordinator.Tests.Scheduling.Queues;

namespace Orchestrator.Coordinator.Tests.Scheduling;

public sealed class QueueOrderTests
{
    private static string First(IEnumerable<QueuedDemand> queue, SchedulingPolicy? policy = null, DeviceUse? use = null) =>
        Assert.Single(Decide(queue, [Worker("a")], policy: policy, use: use).Placements).Run;

    private static DeviceUse Used(params (string User, double Hours)[] users) =>
        DeviceUse.None with
        {
            Users = users.ToDictionary(u => u.User, u => u.Hours),
        };

    [Fact]
    public void The_higher_priority_comes_first() =>
        Assert.Equal("second", First([Wants("first", 1, 1), Wants("second", 1, 1, priority: 1)]));

    [Fact]
    public void Of_equal_priorities_the_user_who_has_used_less_comes_first() =>
        Assert.Equal(
            "second",
            First([Wants("first", 1, 1, user: "ada"), Wants("second", 1, 1, user: "bob")], use: Used(("ada", 10), ("bob", 9)))
        );

    [Fact]
    public void A_projects_weight_counts_for_its_users() =>
        Assert.Equal(
            "first",
            First(
                [Wants("first", 1, 1, user: "ada", project: "heavy"), Wants("second", 1, 1, user: "bob")],
                With("heavy", new ProjectPolicy { Weight = 2 }),
                Used(("ada", 10), ("bob", 9))
            )
        );

    [Fact]
    public void Of_one_user_the_project_that_has_used_less_comes_first() =>
        Assert.Equal(
            "second",
            First(
                [Wants("first", 1, 1, project: "p"), Wants("second", 1, 1, project: "q")],
                use: DeviceUse.None with
                {
                    Projects = new Dictionary<string, double> { ["p"] = 5 },
                }
            )
        );

    [Fact]
    public void Who_is_given_workers_now_has_had_them_when_the_next_is_chosen()
    {
        var queue = new[] { Wants("a1", 1, 1), Wants("a2", 1, 1), Wants("a3", 1, 1), Wants("b1", 1, 1, user: "bob") };
        Assert.Equal(["a1", "b1", "a2"], Decide(queue, Workers("w", 3)).Placements.Select(p => p.Run));
    }

    [Fact]
    public void Waiting_lifts_a_run_above_higher_priorities()
    {
        var urgent = Wants("urgent", 1, 1, priority: 10);
        Assert.Equal("urgent", First([urgent, Wants("old", 1, 1, waited: TimeSpan.FromHours(11.9))]));
        Assert.Equal("old", First([urgent, Wants("old", 1, 1, waited: TimeSpan.FromHours(12))]));
    }

    [Fact]
    public void Growth_comes_after_all_that_wait_whatever_its_priority() =>
        Assert.Equal("waits", First([Wants("grows", 1, 3, priority: 100, kind: DemandKind.Growth), Wants("waits", 1, 1, priority: -100)]));

    [Fact]
    public void A_gang_takes_the_smallest_machine_that_has_room_for_it()
    {
        SchedulableWorker[] workers =
        [
            Worker("a", host: "large"),
            Worker("b", host: "large"),
            Worker("c", host: "large"),
            Worker("d", host: "small"),
            Worker("e", host: "small"),
        ];
        Assert.Equal(["d", "e"], Decide([Wants("r", 2, 2)], workers).Placements[0].Workers);
        Assert.Equal(["a", "b", "c"], Decide([Wants("r", 2, 3)], workers).Placements[0].Workers);
        Assert.Equal(["a", "b", "c", "d"], Decide([Wants("r", 2, 4)], workers).Placements[0].Workers);
        Assert.Equal(["e", "d"], Decide([Wants("r", 2, 2, preferred: ["e"])], workers).Placements[0].Workers);
    }
}
