using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class FailpointTests
{
    [Fact]
    public void A_moment_of_a_step_is_read()
    {
        Assert.Equal(new Failpoint("backward-done", 1200), Failpoint.Parse("backward-done@1200:kill", RankMoments.All, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("begun")]
    [InlineData("committed")]
    [InlineData("promising")]
    [InlineData("forming")]
    [InlineData("copy-sending")]
    [InlineData("copy-receiving")]
    [InlineData("checkpoint-writing")]
    public void Every_moment_of_a_rank_is_known(string moment) =>
        Assert.Equal(new Failpoint(moment, 0), Failpoint.Parse($"{moment}@0:kill", RankMoments.All, out _));

    [Fact]
    public void A_fault_of_the_weights_is_of_a_moment_in_a_step()
    {
        Assert.Equal(
            new Failpoint("views-ready", 7, FailpointFault.Miscompute),
            Failpoint.Parse("views-ready@7:miscompute", RankMoments.All, out _)
        );
        Assert.Null(Failpoint.Parse("promising@7:flip", RankMoments.All, out var problem));
        Assert.StartsWith("flip is of a moment in a step: begun, ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backward-done@x:kill")]
    [InlineData("backward-done@3")]
    [InlineData("backward-done@-3:kill")]
    [InlineData("backward-done@3:pause")]
    [InlineData("sometime@3:kill")]
    public void Anything_else_is_refused_with_what_would_be_right(string text)
    {
        Assert.Null(Failpoint.Parse(text, RankMoments.All, out var problem));
        Assert.NotNull(problem);
    }
}
