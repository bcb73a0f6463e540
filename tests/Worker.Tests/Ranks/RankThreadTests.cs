using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Checkpoints;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

/// <summary>A rank's life over real TCP groups, with a trainer of a few numbers.</summary>
public sealed class RankThreadTests
{
    [Fact]
    public void Two_ranks_reach_the_state_of_one()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        Assert.Null(a.Hold(1));
        RankRig.Form(1, [a, b], 12);
        RankRig.Start(1, a, b);
        a.Await<RankAdvanced>(said => said.Last);
        b.Await<RankAdvanced>(said => said.Last);
        var held = a.Hold(2)!;
        Assert.Equal((12L, FakeTrainer.DigestAfter(12), 1L), (held.Step, held.Digest, held.StateGeneration));
        Assert.Equal(held, b.Hold(2));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => ((long)i, 1L)), b.Log.From(0, 100).Select(row => (row.Step, row.Generation)));
    }

    [Fact]
    public void A_lost_peer_stops_the_rank_and_is_named()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");

        // As a kill does it: its connections close in the middle of a step.
        b.Trainers.Hook = (moment, step) => _ = moment == "backward-done" && step == 5 ? throw new StepStoppedException("killed") : 0;
        RankRig.Form(1, [a, b], 12);
        RankRig.Start(1, a, b);
        var stopped = a.Await<RankStopped>();
        Assert.Equal("b", stopped.Suspect!.WorkerId);
        Assert.False(stopped.Suspect.WhileForming);
        Assert.Equal((5L, FakeTrainer.DigestAfter(5)), (a.Hold(2)!.Step, a.Hold(3)!.Digest));
    }

    [Fact]
    public void A_rank_with_other_data_than_the_run_began_with_takes_no_part_though_its_peers_have_the_same()
    {
        using var a = new RankRig("a", trainers: new FakeTrainers { DataFingerprint = "other" });
        using var b = new RankRig("b", trainers: new FakeTrainers { DataFingerprint = "other" });
        RankRig.Form(1, [a, b], 12, data: "data");
        foreach (var rig in new[] { a, b })
        {
            var stopped = rig.Await<RankStopped>();
            if (stopped.Failure is { } failure)
            {
                Assert.Equal(
                    (
                        FailureKind.Device,
                        $"data set fingerprint other of {rig.Name} differs from data, which the run began with: it has other data below its data root"
                    ),
                    (failure.Kind, failure.Text)
                );
            }
            else
            {
                // The other's connection was gone before it came to compare.
                Assert.NotNull(stopped.Suspect);
            }
        }

        a.Hold(2);
        RankRig.Form(3, [a], 12, data: "other");
        Assert.Equal("other", a.Await<RankReady>().DataFingerprint);
    }

    [Fact]
    public void An_abandoned_step_commits_nothing()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        using var go = new ManualResetEventSlim();
        b.Trainers.Hook = (moment, step) =>
        {
            if (moment == "begun" && step == 3)
            {
                go.Wait(TimeSpan.FromSeconds(20));
            }
        };
        RankRig.Form(1, [a, b], 12);
        RankRig.Start(1, a, b);
        a.Await<RankAdvanced>(said => said.Started == 3);
        var held = a.Hold(2)!;
        Assert.Equal((3L, FakeTrainer.DigestAfter(3)), (held.Step, held.Digest));
        go.Set();
        Assert.Equal(held, b.Hold(2));
    }

    [Fact]
    public void Ranks_run_through_the_step_to_stop_after()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        using var go = new ManualResetEventSlim();
        a.Trainers.Hook = (moment, step) =>
        {
            if (moment == "begun" && step == 2)
            {
                go.Wait(TimeSpan.FromSeconds(20));
            }
        };
        RankRig.Form(1, [a, b], 1000);
        RankRig.Start(1, a, b);
        a.Await<RankAdvanced>(said => said.Started == 2);
        a.Post(new StopRank(2, 6));
        b.Post(new StopRank(2, 6));
        go.Set();
        Assert.Equal(6, a.Await<RankHeld>().Held!.Step);
        Assert.Equal(FakeTrainer.DigestAfter(6), b.Await<RankHeld>().Held!.Digest);
    }

    [Fact]
    public void A_newcomer_copies_the_base_and_the_run_goes_on_with_the_same_bits()
    {
        using var a = new RankRig("a");
        using var c = new RankRig("c");
        using var d = new RankRig("d");
        RankRig.Form(1, [a], 20);
        RankRig.Start(1, a);
        a.Await<RankAdvanced>(said => said.Completed >= 4);
        var held = a.Hold(2)!;
        RankRig.Form(2, [c, a, d], 20, held, [a]);
        RankRig.Start(2, a, c, d);
        foreach (var rig in new[] { a, c, d })
        {
            rig.Await<RankAdvanced>(said => said.Last);
            Assert.Equal(FakeTrainer.DigestAfter(20), rig.Hold(3)!.Digest);
            Assert.Equal(0, rig.CheckpointsRead);
        }
    }

    [Fact]
    public void A_source_that_is_no_member_serves_the_base()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        RankRig.Form(1, [a], 20);
        RankRig.Start(1, a);
        a.Await<RankAdvanced>(said => said.Completed >= 2);
        var held = a.Hold(2)!;
        var form = RankRig.Form(2, [b], 20, held, [a]);
        a.Post(new ServeCopies(form));
        RankRig.Start(2, b);
        b.Await<RankAdvanced>(said => said.Last);
        Assert.Equal(FakeTrainer.DigestAfter(20), b.Hold(3)!.Digest);
        Assert.Equal(held, a.Hold(3));
    }

    [Fact]
    public void A_source_that_is_gone_is_named_and_the_old_state_stays()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        RankRig.Form(1, [b], 20);
        RankRig.Start(1, b);
        b.Await<RankAdvanced>(said => said.Completed >= 2);
        var before = b.Hold(2)!;
        RankRig.Form(2, [b], 20, new HeldState(before.Step + 1, "digest", 1), [a]);
        var stopped = b.Await<RankStopped>();
        Assert.Equal(("a", true), (stopped.Suspect!.WorkerId, stopped.Suspect.WhileForming));
        Assert.Equal(before, b.Hold(3));
    }

    [Fact]
    public void Without_a_source_the_checkpoint_is_read()
    {
        var store = new FakeStore();
        using var a = new RankRig("a", store);
        using var b = new RankRig("b", store);
        using var c = new RankRig("c", store);
        RankRig.Form(1, [a], 6);
        RankRig.Start(1, a);
        var written = a.Await<CheckpointStored>().Written;
        Assert.Equal((6L, 1L, FakeTrainer.DigestAfter(6)), (written.Step, written.Token, written.Digest));
        RankRig.Form(2, [b, c], 20, new HeldState(6, written.Digest, 1), checkpoint: written.Path);
        RankRig.Start(2, b, c);
        b.Await<RankAdvanced>(said => said.Last);
        Assert.Equal((1, FakeTrainer.DigestAfter(20)), (b.CheckpointsRead, b.Hold(3)!.Digest));
    }

    [Fact]
    public void Rank_0_writes_at_checkpoint_steps_and_any_rank_when_asked()
    {
        var store = new FakeStore();
        using var a = new RankRig("a", store);
        using var b = new RankRig("b", store);
        using var go = new ManualResetEventSlim();
        a.Trainers.Hook = (moment, step) =>
        {
            if (moment == "begun" && step == 5)
            {
                go.Wait(TimeSpan.FromSeconds(20));
            }
        };
        RankRig.Form(1, [a, b], 8, checkpointEvery: 5);
        RankRig.Start(1, a, b);
        Assert.Equal(5, a.Await<CheckpointStored>().Written.Step);
        go.Set();
        Assert.Equal(8, a.Await<CheckpointStored>().Written.Step);
        b.Await<RankAdvanced>(said => said.Last);
        b.Post(new RequestCheckpoint(RankRig.Run, 1, 8));
        var asked = b.Await<CheckpointStored>().Written;
        Assert.Equal($"runs/{RankRig.Run}/checkpoints/step-000000008.t1.b-7", asked.Path);
        b.Post(new RequestCheckpoint(RankRig.Run, 1, 8));
        Assert.Equal(asked, b.Await<CheckpointStored>().Written);
        Assert.Equal(3, store.Paths.Count);
    }

    [Fact]
    public void The_next_step_is_computed_while_the_state_is_copied_and_its_commit_waits_for_the_copy()
    {
        using var a = new RankRig("a");
        using var computed = new ManualResetEventSlim();
        using var committed = new ManualResetEventSlim();
        var early = false;
        a.Trainers.Hook = (moment, step) =>
        {
            if (step == 5 && moment is "backward-done" or "committed")
            {
                (moment == "committed" ? committed : computed).Set();
            }
        };
        var copies = 0;
        a.Trainers.Copying = () =>
        {
            if (Interlocked.Increment(ref copies) == 1)
            {
                Assert.True(computed.Wait(TimeSpan.FromSeconds(20)), "the step after the checkpoint was not computed meanwhile");
                // Long enough for a commit that does not wait; one that does is never early.
                early = committed.Wait(TimeSpan.FromMilliseconds(300));
            }
        };
        RankRig.Form(1, [a], 8, checkpointEvery: 5);
        RankRig.Start(1, a);
        var written = a.Await<CheckpointStored>().Written;
        Assert.Equal((5, FakeTrainer.DigestAfter(5), false), (written.Step, written.Digest, early));
        Assert.Equal(8, a.Await<CheckpointStored>().Written.Step);
    }

    [Fact]
    public void A_copy_that_fails_is_told_and_the_steps_go_on()
    {
        using var a = new RankRig("a");
        var copies = 0;
        a.Trainers.Copying = () =>
        {
            if (Interlocked.Increment(ref copies) == 1)
            {
                throw new InvalidOperationException("no memory for the copy");
            }
        };
        RankRig.Form(1, [a], 8, checkpointEvery: 5);
        RankRig.Start(1, a);
        Assert.Equal(new CheckpointTrouble(5, false, "no memory for the copy"), a.Await<CheckpointTroubled>().Trouble);
        Assert.Equal(8, a.Await<CheckpointStored>().Written.Step);
    }

    [Fact]
    public void A_failed_last_checkpoint_is_tried_again()
    {
        using var a = new RankRig("a");
        a.Store.Fail(2);
        RankRig.Form(1, [a], 3);
        RankRig.Start(1, a);
        Assert.Equal(3, a.Await<CheckpointStored>().Written.Step);
    }

    [Fact]
    public void A_refused_checkpoint_is_told_and_the_steps_go_on()
    {
        using var a = new RankRig("a");
        a.Store.Fail(1);
        RankRig.Form(1, [a], 8, checkpointEvery: 5);
        RankRig.Start(1, a);
        Assert.Equal(new CheckpointTrouble(5, false, "the disk is full"), a.Await<CheckpointTroubled>().Trouble);
        Assert.Equal(8, a.Await<CheckpointStored>().Written.Step);
    }

    [Fact]
    public void A_slow_storage_holds_no_step_up_and_the_checkpoint_that_is_left_out_is_told()
    {
        using var a = new RankRig("a");
        using var go = new ManualResetEventSlim();
        a.Store.Writing = () => go.Wait(TimeSpan.FromSeconds(20));
        RankRig.Form(1, [a], 15, checkpointEvery: 5);
        RankRig.Start(1, a);
        var trouble = a.Await<CheckpointTroubled>().Trouble;
        Assert.Equal((10, true), (trouble.Step, trouble.Late));
        a.Await<RankAdvanced>(said => said.Last);
        go.Set();
        Assert.Equal(5, a.Await<CheckpointStored>().Written.Step);
        Assert.Equal(15, a.Await<CheckpointStored>().Written.Step);
    }

    [Theory]
    [InlineData(CheckpointFault.Damaged, true)]
    [InlineData(CheckpointFault.Unreadable, true)]
    [InlineData(CheckpointFault.Storage, false)]
    public void A_base_that_cannot_be_read_is_told_as_damaged_unless_the_storage_is_away(CheckpointFault fault, bool damaged)
    {
        using var a = new RankRig(
            "a",
            times: new RankTimes { ReadAgain = TimeSpan.FromMilliseconds(10), ReadGiveUp = TimeSpan.FromMilliseconds(30) }
        );
        a.Store.Spoil("p", fault);
        RankRig.Form(1, [a], 6, new HeldState(5, "d", 1), checkpoint: "p");
        var stopped = a.Await<RankStopped>();
        Assert.Equal(damaged ? new DamagedCheckpoint("p", $"p: {fault}") : null, stopped.Damaged);
        Assert.Equal(damaged ? null : "storage", stopped.Suspect?.WorkerId);
        Assert.Null(stopped.Failure);
    }

    [Fact]
    public void Another_data_set_is_refused_with_both_names()
    {
        using var a = new RankRig("worker-1");
        using var b = new RankRig("worker-2", trainers: new FakeTrainers { DataFingerprint = "other" });
        RankRig.Form(1, [a, b], 6);
        var failure = b.Await<RankStopped>().Failure!;
        Assert.Equal(
            (FailureKind.Device, "data set fingerprint other of worker-2 differs from data: worker-1"),
            (failure.Kind, failure.Text)
        );
        Assert.Equal("worker-2", a.Await<RankStopped>().Suspect!.WorkerId);
    }

    [Fact]
    public void A_fault_of_the_trainer_is_told_and_the_process_lives()
    {
        using var a = new RankRig("a");
        a.Trainers.Hook = (moment, step) =>
        {
            if (step == 2)
            {
                throw step == 2 && moment == "begun"
                    ? new TrainerFailedException(FailureKind.NonFinite, "Step 2: loss")
                    : new InvalidOperationException();
            }
        };
        RankRig.Form(1, [a], 6);
        RankRig.Start(1, a);
        Assert.Equal(new WorkerFailure(FailureKind.NonFinite, "Step 2: loss"), a.Await<RankStopped>().Failure);
        Assert.Equal(2, a.Hold(2)!.Step);
    }

    [Fact]
    public void A_rank_whose_start_is_lost_begins_by_itself()
    {
        var times = new RankTimes { StartGrace = TimeSpan.FromMilliseconds(50) };
        using var a = new RankRig("a", times: times);
        RankRig.Form(1, [a], 3);
        a.Await<RankAdvanced>(said => said.Last);
    }

    [Fact]
    public void A_missing_peer_is_named_while_forming()
    {
        using var a = new RankRig("a", times: new RankTimes { Connect = TimeSpan.FromMilliseconds(300) });
        using var b = new RankRig("b");
        var formed = RankRig.Form(1, [a], 3);
        a.Hold(2);
        var record = formed.Record with
        {
            Number = 2,
            Members = [new GenerationMember("a", 7, "127.0.0.1", a.Port, 0, 2), new GenerationMember("b", 7, "127.0.0.1", b.Port, 2, 2)],
        };
        a.Post(new FormRank(formed with { Record = record }, 0));
        var suspect = a.Await<RankStopped>().Suspect!;
        Assert.Equal(("b", true), (suspect.WorkerId, suspect.WhileForming));
    }

    [Fact]
    public void A_released_rank_forgets_the_run()
    {
        using var a = new RankRig("a");
        RankRig.Form(1, [a], 3);
        RankRig.Start(1, a);
        a.Await<RankAdvanced>(said => said.Last);
        a.Post(new ReleaseRank(RankRig.Run));
        Assert.Null(a.Hold(1));
        Assert.Empty(a.Log.From(0, 10));
    }
}
