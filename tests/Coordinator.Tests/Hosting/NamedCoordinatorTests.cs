using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Hosting;

/// <summary>A coordinator whose address changes with each start (a pod) is known by a name, and listens for it whatever that name resolves to.</summary>
public sealed class NamedCoordinatorTests
{
    [Fact]
    public async Task A_worker_that_addresses_the_coordinator_by_name_is_heard()
    {
        await using var coordinator = new CoordinatorFixture { AkkaHost = "localhost" };
        await coordinator.InitializeAsync();
        Assert.StartsWith("akka.tcp://run@localhost:", coordinator.Akka, StringComparison.Ordinal);
        await using var worker = new FakeWorker("by-name", coordinator.Akka);
        await coordinator.UntilAsync<WorkerListView>("/api/v1/workers", w => w.Workers.Any(x => x.State == "idle"));
    }
}
