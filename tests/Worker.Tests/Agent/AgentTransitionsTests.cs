using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>Each row of the worker's table in docs/protocol.md.</summary>
public sealed class AgentTransitionsTests
{
    private const string Run = AgentScript.Run;

    [Fact]
    public void Prepare_of_an_idle_worker_asks_its_rank_and_promises_only_when_it_rests()
    {
        var script = new AgentScript().Hear(new Prepare(Run, 3, 1, null));
        Assert.Equal(new StopRank(1, null), script.Single<StopRank>());
        Assert.Equal((Run, 3L, 0L, WorkerPhase.Idle), (script.State.Run, script.State.Epoch, script.State.Promised, script.State.Phase));

        script.On(new RankHeld(1, null));
        Assert.Equal((1L, WorkerPhase.Held), (script.State.Promised, script.State.Phase));
        Assert.Null(script.State.Held);
        script.Single<SendStatus>();
    }

    [Fact]
    public void Prepare_while_running_passes_the_step_to_stop_after_to_the_rank()
    {
        var script = new AgentScript().Running(1).Hear(new Prepare(Run, 1, 2, 12));
        Assert.Equal(new StopRank(2, 12), script.Single<StopRank>());
        Assert.Equal(WorkerPhase.Running, script.State.Phase);
        script.On(new RankAdvanced(1, 12, 11, false)).On(new RankHeld(2, new HeldState(12, "d12", 1)));
        Assert.Equal((WorkerPhase.Held, 12L, 2L), (script.State.Phase, script.State.Held!.Step, script.State.Promised));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Prepare_at_or_below_the_promise_only_answers(long number)
    {
        var script = new AgentScript().Held(2);
        var before = script.State;
        script.Hear(new Prepare(Run, 1, number, null));
        Assert.Equal(before with { HeardAt = script.State.HeardAt }, script.State);
        Assert.IsType<SendStatus>(Assert.Single(script.Effects));
    }

    [Fact]
    public void Form_is_accepted_once_by_a_held_member_of_the_promised_number()
    {
        var script = new AgentScript().Held(2, 5).Hear(AgentScript.FormOf(2, 5));
        Assert.Equal((WorkerPhase.Forming, 2L, 0), (script.State.Phase, script.State.Generation, script.Single<FormRank>().Rank));
        Assert.Null(script.State.Held);

        script.Hear(AgentScript.FormOf(2, 5));
        Assert.Empty(script.Effects.OfType<FormRank>());
    }

    [Fact]
    public void Form_of_another_number_is_not_accepted()
    {
        foreach (var number in new long[] { 1, 3 })
        {
            var script = new AgentScript().Held(2).Hear(AgentScript.FormOf(number));
            Assert.Equal(WorkerPhase.Held, script.State.Phase);
            Assert.Empty(script.Effects.OfType<FormRank>());
        }
    }

    [Fact]
    public void Form_is_not_accepted_while_a_newer_promise_is_on_its_way()
    {
        var script = new AgentScript().Held(2).Hear(new Prepare(Run, 1, 3, null)).Hear(AgentScript.FormOf(2));
        Assert.Empty(script.Effects.OfType<FormRank>());
    }

    [Fact]
    public void Form_that_lists_another_incarnation_is_not_accepted()
    {
        var script = new AgentScript().Held(2).Hear(AgentScript.FormOf(2, incarnation: 6));
        Assert.Equal(WorkerPhase.Held, script.State.Phase);
    }

    [Fact]
    public void Form_to_a_source_that_is_no_member_serves_copies_and_stays_held()
    {
        var script = new AgentScript().Held(2, 9).Hear(AgentScript.FormOf(2, 9, ["b", "c"], ["a"]));
        script.Single<ServeCopies>();
        Assert.Equal((WorkerPhase.Held, 9L), (script.State.Phase, script.State.Held!.Step));
    }

    [Fact]
    public void Start_moves_only_who_is_ready_in_that_generation()
    {
        var script = new AgentScript().Held(2).Hear(AgentScript.FormOf(2)).Hear(new Start(Run, 1, 2));
        Assert.Empty(script.Effects.OfType<StartRank>());
        script.On(new RankReady(2, 1000)).Hear(new Start(Run, 1, 1));
        Assert.Equal(WorkerPhase.Ready, script.State.Phase);
        script.Hear(new Start(Run, 1, 2));
        Assert.Equal(WorkerPhase.Running, script.State.Phase);
        script.Single<StartRank>();
    }

    [Fact]
    public void A_rank_that_began_without_a_start_is_running()
    {
        var script = new AgentScript().Held(2).Hear(AgentScript.FormOf(2)).On(new RankReady(2, 1000)).On(new RankAdvanced(2, 0, 0, false));
        Assert.Equal(WorkerPhase.Running, script.State.Phase);
        script.Single<SendStatus>();
    }

    [Fact]
    public void The_first_step_of_a_generation_is_told_at_once_and_later_ones_with_the_heartbeat()
    {
        var script = new AgentScript().Running(2, 5).On(new RankAdvanced(2, 5, 5, false));
        Assert.Empty(script.Effects);
        script.On(new RankAdvanced(2, 6, 5, false)).Single<SendStatus>();
        Assert.Empty(script.On(new RankAdvanced(2, 6, 6, false)).Effects);
        Assert.Empty(script.On(new RankAdvanced(2, 7, 6, false)).Effects);
    }

    [Fact]
    public void A_lost_peer_stops_and_is_named_until_the_next_promise()
    {
        var suspect = new Suspicion("b", "closed", false, 0.1);
        var script = new AgentScript().Running(1).On(new RankStopped(1, suspect, null));
        Assert.Equal((WorkerPhase.Stopped, suspect), (script.State.Phase, script.State.Suspect));
        script.Single<SendStatus>();
        script.Held(2, 4);
        Assert.Null(script.State.Suspect);
    }

    [Fact]
    public void What_a_rank_says_of_an_older_generation_is_ignored()
    {
        var script = new AgentScript().Running(1).Held(2, 4).Hear(AgentScript.FormOf(2, 4));
        script
            .On(new RankStopped(1, new Suspicion("b", "closed", false, 0), null))
            .On(new RankReady(1, 1000))
            .On(new RankAdvanced(1, 9, 9, false));
        Assert.Equal((WorkerPhase.Forming, 4L), (script.State.Phase, script.State.ProgressStep));
    }

    [Fact]
    public void The_last_step_is_told_at_once_and_nobody_leaves_by_himself()
    {
        var script = new AgentScript().Running(1).On(new RankAdvanced(1, 10, 9, true));
        Assert.Equal((WorkerPhase.Running, 10L), (script.State.Phase, script.State.ProgressStep));
        Assert.IsType<SendStatus>(Assert.Single(script.Effects));
    }

    [Fact]
    public void Leave_is_for_this_incarnation_only_and_drops_everything()
    {
        var script = new AgentScript().Running(1).Hear(new Leave(Run, 1, 6, "released"));
        Assert.Equal(WorkerPhase.Running, script.State.Phase);
        script.Hear(new Leave(Run, 1, 7, "completed"));
        Assert.Equal((WorkerPhase.Idle, 0L, 0L), (script.State.Phase, script.State.Promised, script.State.Generation));
        Assert.Null(script.State.Run);
        script.Single<ReleaseRank>();
        Assert.Empty(script.Effects.OfType<Exit>());
    }

    [Fact]
    public void A_draining_worker_leaves_on_the_coordinators_word()
    {
        var script = new AgentScript().Running(1).On(new DrainRequested(TimeSpan.FromSeconds(25)));
        Assert.True(script.State.Draining);
        script.Single<SendStatus>();
        script.Hear(new Leave(Run, 1, 7, "drained"));
        script.Single<Exit>();
    }

    [Fact]
    public void A_draining_worker_leaves_when_its_grace_is_over()
    {
        var script = new AgentScript().Running(1).On(new DrainRequested(TimeSpan.FromSeconds(25)));
        script.Now += TimeSpan.FromSeconds(24);
        Assert.Empty(script.On(new Ticked()).Effects.OfType<Exit>());
        script.Now += TimeSpan.FromSeconds(1);
        script.On(new Ticked()).Single<Exit>();
    }

    [Fact]
    public void An_idle_worker_drains_at_once()
    {
        new AgentScript().On(new DrainRequested(TimeSpan.FromSeconds(25))).Single<Exit>();
    }

    [Fact]
    public void A_replaced_coordinator_is_not_obeyed()
    {
        var script = new AgentScript().Held(2).Hear(new StatusAck(Run, 5, 1, 0, null)).Hear(new Prepare(Run, 4, 9, null));
        Assert.Equal((2L, 5L), (script.State.Wanted, script.State.Epoch));
        Assert.Empty(script.Effects.OfType<StopRank>());
    }

    [Fact]
    public void Another_run_gets_nothing_while_one_is_served()
    {
        var script = new AgentScript().Running(1).Hear(new Prepare("r-2", 1, 9, null));
        Assert.Equal((Run, 1L), (script.State.Run, script.State.Wanted));
        Assert.IsType<SendStatus>(Assert.Single(script.Effects));
    }

    [Fact]
    public void A_failure_is_told_and_stays_until_the_run_is_left()
    {
        var failure = new WorkerFailure(FailureKind.NonFinite, "step 3");
        var script = new AgentScript().Running(1).On(new RankStopped(1, null, failure)).Held(2, 3);
        Assert.Equal(failure, script.State.Failure);
        Assert.Null(script.Hear(new Leave(Run, 1, 7, "failed")).State.Failure);
    }
}
