using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class WorkerFleetTests
{
    private const string Token = "0123456789abcdef";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly WorkerFleet fleet = new(Token, TimeSpan.FromSeconds(5));

    private static WorkerStatus Status(long incarnation, long sequence, string? run = null)
    {
        var status = RunHarness.Idle("a") with { Incarnation = incarnation, Sequence = sequence, Run = run };
        return status with { Proof = JoinProof.Of(Token, "a", incarnation, status.DataHost, status.DataPort) };
    }

    [Fact]
    public void A_status_without_the_join_tokens_proof_counts_for_nothing()
    {
        var wrong = Status(1, 1) with { Proof = JoinProof.Of("another token.....", "a", 1, "127.0.0.1", 4000) };
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(wrong, Now));
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(Status(1, 1) with { Proof = [] }, Now));
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(Status(1, 1) with { DataPort = 9 }, Now));
        Assert.Empty(fleet.Statuses);
    }

    [Fact]
    public void The_highest_incarnation_and_sequence_wins_and_older_processes_stay_retired()
    {
        Assert.Equal(StatusVerdict.Counts, fleet.Hear(Status(1, 5), Now));
        Assert.Equal(StatusVerdict.Old, fleet.Hear(Status(1, 5), Now));
        Assert.Equal(StatusVerdict.Counts, fleet.Hear(Status(2, 1), Now));
        Assert.Equal(StatusVerdict.Retired, fleet.Hear(Status(1, 99), Now));
        Assert.Equal(2, fleet.Status("a")!.Incarnation);
    }

    [Fact]
    public void A_gone_process_is_not_schedulable_until_it_speaks()
    {
        fleet.Hear(Status(1, 1), Now);
        fleet.MarkGone("a", 1);
        Assert.Empty(fleet.Schedulable(Now));
        Assert.Equal("lost", Assert.Single(fleet.Views(Now, new Dictionary<string, int>())).State);
        fleet.Hear(Status(1, 2), Now);
        Assert.Single(fleet.Schedulable(Now));
    }

    [Fact]
    public void A_silent_worker_is_lost_after_five_seconds()
    {
        fleet.Hear(Status(1, 1), Now);
        Assert.Single(fleet.Schedulable(Now.AddSeconds(5)));
        Assert.Empty(fleet.Schedulable(Now.AddSeconds(5.1)));
    }

    [Fact]
    public void An_offer_that_the_run_has_not_seen_stands_against_its_older_report()
    {
        fleet.Hear(Status(1, 1), Now);
        fleet.Assign("a", "r", 7);
        fleet.Follow(new RunReport("r", RunPhase.Queued, null, 6, [], new Dictionary<string, int>()));
        Assert.Equal("r", fleet.RunOf("a"));
        fleet.Follow(new RunReport("r", RunPhase.Queued, null, 7, [], new Dictionary<string, int>()));
        Assert.Null(fleet.RunOf("a"));
    }
}
