using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Orchestrator.Coordinator.Scheduling;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Scheduling;

/// <summary>What holds of every decision, whatever the cluster.</summary>
[Properties(Arbitrary = [typeof(ClusterCases)], MaxTest = 500)]
public sealed class SchedulingPropertyTests
{
    private static IEnumerable<(QueuedDemand Queued, SchedulableWorker[] Workers)> Placed(SchedulingSnapshot snapshot, Schedule schedule) =>
        schedule.Placements.Select(p =>
            (snapshot.Queue.Single(q => q.Run == p.Run), p.Workers.Select(id => snapshot.Workers.Single(w => w.WorkerId == id)).ToArray())
        );

    [Property]
    public void A_worker_is_given_once_and_only_when_it_is_idle(ClusterCase cluster)
    {
        var given = GangScheduler.Decide(cluster.Snapshot).Placements.SelectMany(p => p.Workers).ToArray();
        Assert.Equal(given.Length, given.Distinct(StringComparer.Ordinal).Count());
        Assert.All(given, id => Assert.Null(cluster.Snapshot.Workers.Single(w => w.WorkerId == id).BusyWith));
    }

    [Property]
    public void Every_run_is_placed_or_told_why_not(ClusterCase cluster)
    {
        var schedule = GangScheduler.Decide(cluster.Snapshot);
        Assert.Equal(
            cluster.Snapshot.Queue.Select(q => q.Run).Order(StringComparer.Ordinal),
            schedule.Placements.Select(p => p.Run).Concat(schedule.Reasons.Keys).Order(StringComparer.Ordinal)
        );
        Assert.All(schedule.Reasons.Values, Assert.NotEmpty);
    }

    [Property]
    public void A_gang_is_between_its_bounds_and_computes_the_same_bits(ClusterCase cluster)
    {
        foreach (var (queued, workers) in Placed(cluster.Snapshot, GangScheduler.Decide(cluster.Snapshot)))
        {
            Assert.InRange(workers.Length, queued.Demand.Min, queued.Demand.Max);
            Assert.Single(workers.Select(w => w.Fingerprint).Distinct(StringComparer.Ordinal));
            Assert.All(workers, w => Assert.Equal(queued.Demand.Fingerprint ?? w.Fingerprint, w.Fingerprint));
        }
    }

    [Property]
    public void No_project_gets_more_than_its_quota(ClusterCase cluster)
    {
        var snapshot = cluster.Snapshot;
        var placed = Placed(snapshot, GangScheduler.Decide(snapshot))
            .Where(p => p.Queued.Demand.Kind != DemandKind.Evaluation)
            .GroupBy(p => p.Queued.Owner.Project, StringComparer.Ordinal);
        foreach (var project in placed)
        {
            var held = snapshot.Gangs.Where(g => g.Owner.Project == project.Key).Sum(g => g.Members.Count);
            var policy = snapshot.Policy.Of(project.Key);
            Assert.True(held + project.Sum(p => p.Workers.Length) <= (policy.Workers ?? int.MaxValue));
            Assert.True(
                snapshot.Use.Window[project.Key] < (policy.DeviceHours ?? double.PositiveInfinity)
                    || project.All(p => p.Queued.Demand.Kind == DemandKind.More)
            );
        }
    }

    [Property]
    public void Workers_are_taken_of_lower_priorities_alone_and_only_where_the_run_can_start_with_them(ClusterCase cluster)
    {
        var snapshot = cluster.Snapshot;
        var schedule = GangScheduler.Decide(snapshot);
        foreach (var taken in schedule.Recalls.GroupBy(r => r.For, StringComparer.Ordinal))
        {
            var head = snapshot.Queue.Single(q => q.Run == taken.Key);
            Assert.Equal(DemandKind.Gang, head.Demand.Kind);
            Assert.Contains(head.Run, schedule.Reasons.Keys);
            foreach (var recall in taken)
            {
                var gang = snapshot.Gangs.Single(g => g.Run == recall.Run);
                Assert.True(gang.GivesBack && gang.Priority < head.Priority);
                Assert.Subset(gang.Members.ToHashSet(StringComparer.Ordinal), recall.Workers.ToHashSet(StringComparer.Ordinal));
                Assert.True(
                    recall.Stops ? recall.Workers.Count == gang.Members.Count : gang.Members.Count - recall.Workers.Count >= gang.Min
                );
                Assert.True(!recall.Stops || snapshot.Now - gang.Since >= snapshot.Policy.PreemptionHoldOff);
            }

            // What comes, with what is idle once everybody has been placed whom kept workers are kept from: evaluations and recoveries pass.
            var given = Placed(snapshot, schedule)
                .Where(p => p.Queued.Demand.Kind is DemandKind.Gang or DemandKind.Growth)
                .SelectMany(p => p.Workers.Select(w => w.WorkerId))
                .ToHashSet(StringComparer.Ordinal);
            var coming = taken
                .SelectMany(r => r.Workers)
                .Concat(snapshot.Gangs.SelectMany(g => g.Leaving))
                .ToHashSet(StringComparer.Ordinal);
            var most = snapshot
                .Workers.Where(w => coming.Contains(w.WorkerId) || (w.BusyWith is null && !given.Contains(w.WorkerId)))
                .Where(w => head.Demand.Fingerprint is null || w.Fingerprint == head.Demand.Fingerprint)
                .CountBy(w => w.Fingerprint)
                .Max(g => g.Value);
            Assert.True(most >= head.Demand.Min, $"{most} for {head}");
        }
    }

    [Property]
    public void The_order_of_what_it_is_given_does_not_matter(ClusterCase cluster, int seed) =>
        Assert.Equal(
            JsonSerializer.Serialize(Sorted(GangScheduler.Decide(cluster.Snapshot))),
            JsonSerializer.Serialize(Sorted(GangScheduler.Decide(cluster.Shuffled(seed))))
        );

    [Property]
    public void The_same_again_is_decided_alike(ClusterCase cluster) =>
        Assert.Equal(
            JsonSerializer.Serialize(GangScheduler.Decide(cluster.Snapshot)),
            JsonSerializer.Serialize(GangScheduler.Decide(cluster.Snapshot))
        );

    private static object Sorted(Schedule schedule) =>
        new
        {
            schedule.Placements,
            schedule.Recalls,
            Reasons = schedule.Reasons.OrderBy(r => r.Key, StringComparer.Ordinal),
        };
}
