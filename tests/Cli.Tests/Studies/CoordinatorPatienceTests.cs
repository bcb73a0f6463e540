using Microsoft.Extensions.Time.Testing;
using Orchestrator.Cli.Studies.Runs;
using Orchestrator.Client;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class CoordinatorPatienceTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> told = [];
    private int asked;

    [Fact]
    public async Task Whoever_never_answered_is_not_waited_for()
    {
        var patience = new CoordinatorPatience(time, told.Add);
        var gone = await Assert.ThrowsAsync<NoCoordinatorException>(() =>
            patience.AskAsync(() => Away(), TestContext.Current.CancellationToken)
        );
        Assert.Equal(("away", 1), (gone.Cause, asked));
    }

    [Fact]
    public async Task A_coordinator_that_comes_back_answers_and_the_wait_is_told_once()
    {
        var patience = new CoordinatorPatience(time, told.Add);
        await patience.AskAsync(() => Task.FromResult(0), TestContext.Current.CancellationToken);
        var asking = patience.AskAsync(() => asked < 100 ? Away() : Task.FromResult(7), TestContext.Current.CancellationToken);
        await PassAsync(asking);
        Assert.Equal((7, 100), (await asking, asked));
        Assert.Equal("waits for a coordinator: cannot reach a coordinator at http://127.0.0.1:1/", Assert.Single(told));
    }

    [Fact]
    public async Task One_that_stays_away_is_given_up_and_what_is_wrong_is_told_at_once()
    {
        var patience = new CoordinatorPatience(time, told.Add);
        await patience.AskAsync(() => Task.FromResult(0), TestContext.Current.CancellationToken);
        var asking = patience.AskAsync(() => Away(), TestContext.Current.CancellationToken);
        await PassAsync(asking);
        await Assert.ThrowsAsync<NoCoordinatorException>(() => asking);
        // A quarter of an hour, every 5 s.
        Assert.Equal(181, asked);
        await Assert.ThrowsAsync<CliException>(() =>
            patience.AskAsync(() => Task.FromException<int>(CliException.BadInput("no such run")), TestContext.Current.CancellationToken)
        );
    }

    /// <summary>Time passes until it is done.</summary>
    private async Task PassAsync(Task asking)
    {
        while (!asking.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
    }

    private Task<int> Away()
    {
        asked++;
        return Task.FromException<int>(new NoCoordinatorException([new Uri("http://127.0.0.1:1/")], "away"));
    }
}
