using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class StepDeadlineTests
{
    [Fact]
    public void The_first_three_steps_have_120_s_and_then_what_was_seen_counts()
    {
        var deadline = new StepDeadline([2, 9]);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(120), deadline.Next);
            deadline.Add(2);
        }

        // 2, 9, 2, 2, 2: 6 × median 2 is 12, 2 × maximum is 18.
        Assert.Equal(TimeSpan.FromSeconds(18), deadline.Next);
        for (var i = 0; i < 50; i++)
        {
            deadline.Add(0.01);
        }

        Assert.Equal(TimeSpan.FromSeconds(5), deadline.Next);
    }
}
