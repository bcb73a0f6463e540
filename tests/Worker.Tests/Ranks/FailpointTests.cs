using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class FailpointTests
{
    [Fact]
    public void A_moment_of_a_step_is_read()
    {
        Assert.Equal(
            new Failpoint("backward-done", 1200),
            Failpoint.Parse("backward-done@1200:kill", TrainingRunTrainer.Moments, out var problem)
        );
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("backward-done@x:kill")]
    [InlineData("backward-done@3")]
    [InlineData("backward-done@-3:kill")]
    [InlineData("backward-done@3:pause")]
    [InlineData("sometime@3:kill")]
    public void Anything_else_is_refused_with_what_would_be_right(string text)
    {
        Assert.Null(Failpoint.Parse(text, TrainingRunTrainer.Moments, out var problem));
        Assert.NotNull(problem);
    }
}
