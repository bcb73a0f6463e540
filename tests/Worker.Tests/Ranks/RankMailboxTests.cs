using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Tests.Agent;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class RankMailboxTests
{
    private static readonly Form Formed = AgentScript.FormOf(1);
    private readonly RankMailbox mailbox = new();

    [Fact]
    public void A_promise_voids_a_generation_that_was_not_begun()
    {
        mailbox.Post(new FormRank(Formed, 0));
        mailbox.Post(new StopRank(2, null));
        Assert.IsType<StopRank>(mailbox.Next());
        mailbox.Post(new ServeCopies(Formed));
        Assert.IsType<ServeCopies>(mailbox.Next());
    }

    [Fact]
    public void Leaving_voids_everything_before_it()
    {
        mailbox.Post(new FormRank(Formed, 0));
        mailbox.Post(new RequestCheckpoint("r-1", 1, 0));
        mailbox.Post(new ReleaseRank("r-1"));
        mailbox.Post(new StopRank(1, null));
        Assert.IsType<ReleaseRank>(mailbox.Next());
        Assert.IsType<StopRank>(mailbox.Next());
        mailbox.End();
        Assert.Null(mailbox.Next());
    }

    [Fact]
    public void An_order_to_stop_interrupts_and_one_with_a_step_does_not()
    {
        var reasons = new List<string>();
        Assert.True(mailbox.Enter(reasons.Add));
        mailbox.Post(new StopRank(2, 10));
        Assert.Empty(reasons);
        Assert.False(mailbox.MustStop(9));
        Assert.True(mailbox.MustStop(10));
        mailbox.Post(new StopRank(3, null));
        Assert.Single(reasons);
        Assert.True(mailbox.MustStop(0));
        mailbox.Leave();
        Assert.False(mailbox.Enter(reasons.Add));
    }

    [Fact]
    public void A_wish_for_a_checkpoint_waits_for_its_step()
    {
        mailbox.Post(new RequestCheckpoint("r-1", 1, 5));
        Assert.Null(mailbox.TakeWrite(4));
        Assert.NotNull(mailbox.TakeWrite(5));
        Assert.Null(mailbox.TakeWrite(6));
    }
}
