using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Tests.Runs;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Fleet;

public sealed class WorkerFleetTests
{
    private const string Token = "0123456789abcdef";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly WorkerFleet fleet = new(Token, "1.2.0", new RunTimers());

    private long sequence = 10;

    private static WorkerStatus Status(long incarnation, long sequence, string? run = null)
    {
        var status = RunHarness.Idle("a") with { Incarnation = incarnation, Sequence = sequence, Run = run, Version = "1.2.0+abc" };
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

    /// <summary>What a listener on the network could send again: a proof holds for one process at one data address, and a status counts once.</summary>
    [Fact]
    public void A_join_that_is_sent_again_counts_for_nothing()
    {
        var join = Status(1, 1);
        Assert.Equal(StatusVerdict.Counts, fleet.Hear(join, Now));
        Assert.Equal(StatusVerdict.Old, fleet.Hear(join, Now));
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(join with { WorkerId = "b" }, Now));
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(join with { Incarnation = 2 }, Now));
        Assert.Equal(StatusVerdict.Unproven, fleet.Hear(join with { DataHost = "10.0.0.9" }, Now));
        fleet.Hear(Status(2, 1), Now);
        Assert.Equal(StatusVerdict.Retired, fleet.Hear(join with { Sequence = 99 }, Now));
        Assert.Equal(2, fleet.Status("a")!.Incarnation);
    }

    [Fact]
    public void A_gone_process_is_not_schedulable_until_it_speaks()
    {
        fleet.Hear(Status(1, 1), Now);
        fleet.MarkGone("a", 1);
        Assert.Empty(fleet.Schedulable(Now));
        Assert.Equal("lost", View(Now).State);
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

    [Fact]
    public void A_report_frees_workers_of_its_own_run_only_and_takes_those_that_it_claims()
    {
        fleet.Hear(Status(1, 1), Now);
        fleet.Assign("a", "r", 1);
        fleet.Follow(new RunReport("other", RunPhase.Running, null, 9, ["a"], new Dictionary<string, int>()));
        Assert.Equal("r", fleet.RunOf("a"));
        fleet.Assign("a", "other", 2);
        fleet.Follow(new RunReport("r", RunPhase.Running, null, 9, [], new Dictionary<string, int>()));
        Assert.Equal("other", fleet.RunOf("a"));
        fleet.Follow(new RunReport("other", RunPhase.Completed, null, 9, [], new Dictionary<string, int>()));
        Assert.Null(fleet.RunOf("a"));
        fleet.Follow(new RunReport("r", RunPhase.Running, null, 9, ["a", "nobody"], new Dictionary<string, int>()));
        Assert.Equal("r", fleet.RunOf("a"));
    }

    [Fact]
    public void An_idle_worker_of_another_version_is_refused_and_one_that_trains_is_let_finish()
    {
        Assert.Equal(StatusVerdict.Counts, fleet.Hear(Status(1, 1, "r") with { Version = "1.1.0" }, Now));
        Assert.Equal(StatusVerdict.OtherVersion, fleet.Hear(Status(1, 2) with { Version = "1.1.0" }, Now));
        Assert.NotNull(Assert.Single(fleet.Schedulable(Now)).BusyWith);
        Assert.Equal(("refused", "is of version 1.1.0, the coordinator of 1.2.0"), (View(Now).State, View(Now).Reason));
        Assert.Equal(StatusVerdict.Counts, fleet.Hear(Status(2, 1), Now));
        Assert.Null(Assert.Single(fleet.Schedulable(Now)).BusyWith);
    }

    [Fact]
    public void A_worker_that_is_lost_again_and_again_is_kept_out_until_its_time_is_over_or_it_is_released()
    {
        for (var incarnation = 1; incarnation <= 3; incarnation++)
        {
            fleet.Hear(Status(incarnation, 1, "r"), Now);
            Assert.Equal("training", View(Now).State);
        }

        fleet.Hear(Status(4, 1), Now);
        fleet.Hear(Status(4, 2), Now);
        Assert.Equal("a quarantine", Assert.Single(fleet.Schedulable(Now)).BusyWith);
        Assert.Equal("quarantined", View(Now).State);
        Assert.StartsWith("was lost 3 times of late; used again in 60 s", View(Now).Reason, StringComparison.Ordinal);

        fleet.Hear(Status(4, 3), Now.AddSeconds(61));
        Assert.Null(Assert.Single(fleet.Schedulable(Now.AddSeconds(61))).BusyWith);

        fleet.Hear(Status(4, 4, "r"), Now.AddSeconds(62));
        fleet.Hear(Status(5, 1), Now.AddSeconds(62));
        Assert.Contains("used again in 120 s", View(Now.AddSeconds(62)).Reason, StringComparison.Ordinal);
        Assert.True(fleet.Release("a"));
        Assert.Equal("idle", View(Now.AddSeconds(62)).State);
        Assert.False(fleet.Release("b"));
    }

    [Fact]
    public void A_silence_counts_as_a_loss_only_while_the_coordinator_itself_looks()
    {
        var now = Now;
        void Fall(bool looking)
        {
            fleet.Hear(Status(1, ++sequence, "r"), now);
            for (var end = now.AddSeconds(8); now < end; now = now.AddSeconds(looking ? 1 : 8))
            {
                fleet.Look(now);
            }

            fleet.Hear(Status(1, ++sequence), now);
        }

        for (var i = 0; i < 4; i++)
        {
            Fall(looking: false);
        }

        Assert.Equal("idle", View(now).State);
        for (var i = 0; i < 3; i++)
        {
            Fall(looking: true);
        }

        Assert.Equal("quarantined", View(now).State);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(3600)]
    public void A_process_that_is_frozen_and_thaws_again_and_again_is_kept_out_like_one_that_dies(int frozen)
    {
        var now = Now;
        for (var i = 0; i < 3; i++)
        {
            Assert.False(fleet.IsKeptOut("a", now));
            fleet.Hear(Status(1, ++sequence, "r"), now);
            for (var end = now.AddSeconds(frozen); now < end; now = now.AddSeconds(1))
            {
                fleet.Look(now);
            }

            // It thaws as it was: it still serves the run.
            fleet.Hear(Status(1, ++sequence, "r"), now);
        }

        Assert.True(fleet.IsKeptOut("a", now));
        fleet.Hear(Status(1, ++sequence), now);
        Assert.Equal("quarantined", View(now).State);
    }

    [Fact]
    public void A_drained_worker_that_comes_back_was_not_lost()
    {
        for (var incarnation = 1; incarnation <= 4; incarnation++)
        {
            fleet.Hear(Status(incarnation, 1, "r") with { Draining = true }, Now);
        }

        fleet.Hear(Status(9, 1), Now);
        Assert.Equal("idle", View(Now).State);
    }

    private WorkerView View(DateTimeOffset now) =>
        Assert.Single(fleet.Views(now, new Dictionary<string, int>(), new Dictionary<string, string>()));
}
