using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Ranks;
using Orchestrator.Worker.Tests.Fakes;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

/// <summary>A joiner that follows a generation over real connections.</summary>
public sealed class FollowingTests
{
    [Fact]
    public void A_follower_comes_to_the_members_state_and_goes_on_with_them_without_a_copy()
    {
        using var a = new RankRig("a");
        using var b = new RankRig("b");
        using var c = new RankRig("c");
        a.Trainers.Hook = (_, _) => Thread.Sleep(1);
        var form = RankRig.Form(1, [a, b], 100_000);
        RankRig.Start(1, a, b);
        a.Await<RankAdvanced>(said => said.Completed >= 3);
        c.Post(Order(form, b));
        var followed = c.Await<RankFollowed>(said => said is { Lag: 0, Generation: 1, Completed: > 3 });
        var last = followed.Completed + 200;
        foreach (var rig in new[] { a, b, c })
        {
            rig.Post(new StopRank(2, last));
        }

        var held = a.Await<RankHeld>().Held!;
        Assert.Equal((last, FakeTrainer.DigestAfter((int)last), 1L), (held.Step, held.Digest, held.StateGeneration));
        Assert.Equal(held, b.Await<RankHeld>().Held);
        Assert.Equal(held, c.Await<RankHeld>().Held);
        RankRig.Form(2, [a, b, c], 100_000, held, [a, b, c]);
        RankRig.Start(2, a, b, c);
        c.Await<RankAdvanced>(said => said.Completed == last + 5);
        var end = c.Hold(3)!;
        Assert.Equal(FakeTrainer.DigestAfter((int)end.Step), end.Digest);
        Assert.Equal((0, last), (c.CheckpointsRead, c.Log.From(0, 100)[0].Step));
    }

    [Fact]
    public void When_the_generation_ends_a_follower_says_so_and_keeps_what_it_has()
    {
        using var a = new RankRig("a");
        using var c = new RankRig("c");
        a.Trainers.Hook = (_, _) => Thread.Sleep(1);
        var form = RankRig.Form(1, [a], 100_000);
        RankRig.Start(1, a);
        a.Await<RankAdvanced>(said => said.Completed == 6);
        c.Post(Order(form, a));
        c.Await<RankFollowed>();
        a.Post(new StopRank(2, null));
        var held = a.Await<RankHeld>().Held!;
        Assert.Equal(1, c.Await<RankFollowEnded>().Generation);
        var kept = c.Hold(2)!;
        Assert.InRange(kept.Step, 6, held.Step);
        Assert.Equal(FakeTrainer.DigestAfter((int)kept.Step), kept.Digest);
    }

    [Fact]
    public void Who_is_not_of_the_generation_or_not_there_gives_an_end_with_its_name()
    {
        using var a = new RankRig("a");
        using var c = new RankRig("c", times: new RankTimes { Copy = TimeSpan.FromSeconds(1) });
        var form = RankRig.Form(1, [a], 1000);
        RankRig.Start(1, a);
        c.Post(Order(form with { Record = form.Record with { Number = 9 } }, a));
        Assert.Contains("a", c.Await<RankFollowEnded>(said => said.Generation == 9).Problem, StringComparison.Ordinal);
        Assert.Null(c.Hold(10)?.StateGeneration is > 0 ? "a state" : null);
    }

    [Fact]
    public void A_follower_that_is_released_lets_go_at_once()
    {
        using var a = new RankRig("a");
        using var c = new RankRig("c");
        a.Trainers.Hook = (_, _) => Thread.Sleep(1);
        var form = RankRig.Form(1, [a], 100_000);
        RankRig.Start(1, a);
        c.Post(Order(form, a));
        c.Await<RankFollowed>();
        c.Post(new ReleaseRank(RankRig.Run));
        Assert.Null(c.Hold(2));
        Assert.True(a.Hold(2)!.Step > 0);
    }

    private static FollowRank Order(Form form, RankRig source) =>
        new(new Follow(form.Run, 1, form.Record, form.Secret, form.SpecJson, new GenerationSource(source.Name, "127.0.0.1", source.Port)));
}
