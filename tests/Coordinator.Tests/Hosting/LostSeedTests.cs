using System.Net;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>Three coordinators are named, and two are there.</summary>
public sealed class LostSeedTests
{
    /// <summary>Each keeps a journal of its own here: who of them leads is the cluster's matter.</summary>
    [Fact]
    public async Task Two_of_three_lead_though_the_first_seed_is_gone()
    {
        var ports = FreePorts.Take(3);
        string[] seeds = [.. ports.Select(port => $"akka.tcp://run@127.0.0.1:{port}")];
        await using var second = new CoordinatorFixture { AkkaPort = ports[1], Seeds = seeds };
        await using var third = new CoordinatorFixture { AkkaPort = ports[2], Seeds = seeds };
        await Task.WhenAll(second.InitializeAsync().AsTask(), third.InitializeAsync().AsTask());
        // A head that the machine has kept waiting is not ready until it has looked at its journal again; two never are.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        HttpStatusCode[] ready;
        do
        {
            ready = [await ReadyAsync(second), await ReadyAsync(third)];
            Assert.Contains(HttpStatusCode.ServiceUnavailable, ready);
            Assert.False(deadline.IsCancellationRequested, "nobody leads within a minute");
        } while (!ready.Contains(HttpStatusCode.OK));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], ready.Order());
    }

    private static async Task<HttpStatusCode> ReadyAsync(CoordinatorFixture coordinator)
    {
        using var answer = await coordinator.Http.GetAsync("/readyz");
        return answer.StatusCode;
    }
}
