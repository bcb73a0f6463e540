using Orchestrator.Pretraining.Checkpoints;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class SideBySideTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void Every_job_runs_once(int count)
    {
        var runs = new int[count];
        SideBySide.Run([.. Enumerable.Range(0, count).Select<int, Action>(i => () => Interlocked.Increment(ref runs[i]))]);
        Assert.All(runs, run => Assert.Equal(1, run));
    }

    [Fact]
    public void The_first_failure_is_thrown_when_no_job_runs_any_more()
    {
        using var failed = new ManualResetEventSlim();
        var (running, ended) = (0, 0);
        var e = Assert.Throws<IOException>(() =>
            SideBySide.Run([
                () =>
                {
                    Interlocked.Increment(ref running);
                    Assert.True(failed.Wait(TimeSpan.FromSeconds(20)));
                    Interlocked.Increment(ref ended);
                },
                () =>
                {
                    try
                    {
                        throw new IOException("full");
                    }
                    finally
                    {
                        failed.Set();
                    }
                },
            ])
        );
        Assert.Equal(("full", running), (e.Message, ended));
    }
}
