using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Agent;

/// <summary>A worker that is to join follows first.</summary>
public sealed class AgentFollowingTests
{
    private const string Run = AgentScript.Run;

    [Fact]
    public void An_idle_worker_follows_and_tells_at_once_when_it_has_caught_up()
    {
        var script = new AgentScript().Hear(Order(3));
        Assert.Equal(Order(3).Source, script.Single<FollowRank>().Follow.Source);
        Assert.Equal((Run, WorkerPhase.Following, 3L, -1L, 0L), Standing(script));
        Assert.Empty(script.On(new RankFollowed(3, 10, 5)).Effects);
        script.On(new RankFollowed(3, 14, 1)).Single<SendStatus>();
        Assert.Empty(script.On(new RankFollowed(3, 15, 0)).Effects);
        Assert.Equal((Run, WorkerPhase.Following, 3L, 0L, 15L), Standing(script));
    }

    [Fact]
    public void A_promise_ends_it_and_what_was_promised_is_held()
    {
        var script = new AgentScript().Hear(Order(3)).On(new RankFollowed(3, 15, 0)).Hear(new Prepare(Run, 1, 4, 17));
        Assert.Equal(new StopRank(4, 17), script.Single<StopRank>());
        script.Hear(Order(4));
        Assert.DoesNotContain(script.Effects, effect => effect is FollowRank);
        script.On(new RankFollowed(3, 17, 0)).On(new RankHeld(4, new HeldState(17, "d17", 3)));
        Assert.Equal((WorkerPhase.Held, 0L, 17L), (script.State.Phase, script.State.Follows, script.State.Held!.Step));
        script.Hear(Order(5));
        Assert.DoesNotContain(script.Effects, effect => effect is FollowRank);
    }

    [Fact]
    public void When_there_is_nobody_to_follow_it_has_stopped_and_says_so()
    {
        var script = new AgentScript().Hear(Order(3)).On(new RankFollowEnded(2, "old"));
        Assert.Equal(WorkerPhase.Following, script.State.Phase);
        script.On(new RankFollowEnded(3, "closed"));
        Assert.Equal((WorkerPhase.Stopped, 0L), (script.State.Phase, script.State.Follows));
        script.Single<SendStatus>();
    }

    [Fact]
    public void A_newer_generation_is_followed_from_its_own_source()
    {
        var script = new AgentScript().Hear(Order(3)).Hear(Order(3));
        Assert.IsType<SendStatus>(Assert.Single(script.Effects));
        script.Hear(Order(5));
        Assert.Equal(5, script.Single<FollowRank>().Follow.Record.Number);
        Assert.Equal(5, script.State.Follows);
    }

    [Fact]
    public void Who_trains_drains_or_evaluates_follows_nobody()
    {
        foreach (var script in new[] { new AgentScript().Running(1), new AgentScript().On(new DrainRequested(TimeSpan.FromSeconds(5))) })
        {
            script.Hear(Order(3));
            Assert.DoesNotContain(script.Effects, effect => effect is FollowRank);
        }
    }

    private static (string?, WorkerPhase, long, long, long) Standing(AgentScript script) =>
        (script.State.Run, script.State.Phase, script.State.Follows, script.State.Lag, script.State.ProgressStep);

    private static Follow Order(long generation) =>
        new(Run, 1, AgentScript.FormOf(generation, 5).Record, [1], "{}", new GenerationSource("other", "127.0.0.1", 4000));
}
