using Xunit;

namespace Orchestrator.EndToEnd.Tests.Network;

/// <summary>Everybody reaches everybody, badly: a run takes longer, and nobody is taken for lost.</summary>
[Collection(UndisturbedRuns.Collection)]
public sealed class PoorNetworkTests(UndisturbedRuns runs)
{
    [Fact]
    public async Task One_packet_in_a_hundred_lost_costs_nobody_the_run()
    {
        await using var run = await NetworkRun.StartAsync(runs, "steady", workers: 3, n => PrivateNetwork.Fail(n.Loss(percent: 1)));
        var detail = await run.EndsAsync();
        Assert.True(PrivateNetwork.Heal() > 0, "no packet was lost");
        Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
        Assert.Single(detail.Generations);
    }

    [Fact]
    [Trait("Faults", "all")]
    public async Task Two_hundred_milliseconds_each_way_on_both_planes_cost_nobody_the_run()
    {
        var relays = new List<SlowRelay>();
        try
        {
            await using var run = await NetworkRun.StartAsync(runs, "light", workers: 3, n => Detour(n, relays));
            var detail = await run.EndsAsync();
            // A step exchanges at least twice, and each exchange takes its way.
            Assert.True(detail.Run.Step * 2 * 0.2 < (detail.Run.EndedAt - detail.Run.CreatedAt)!.Value.TotalSeconds, "nothing was slow");
            Assert.Equal((0, 0L, 0), (detail.Recoveries, detail.StepsLost, detail.CheckpointsRead));
            Assert.Single(detail.Generations);
            Assert.All(relays.Take(3), relay => Assert.True(relay.Connections > 0, "a way was not taken"));
        }
        finally
        {
            foreach (var relay in relays)
            {
                await relay.DisposeAsync();
            }
        }
    }

    /// <summary>A relay before every port that a host dials: the coordinator's, both workers' that others dial, and those that it would probe.</summary>
    private static void Detour(PrivateNetwork network, List<SlowRelay> relays)
    {
        string[] workers = ["worker-1", "worker-2", "worker-3"];
        IEnumerable<(string Host, int Port)> targets =
        [
            (NetworkRun.Coordinator, Parts.AkkaPort),
            ("worker-1", Parts.DataPort),
            ("worker-2", Parts.DataPort),
            ("worker-3", Parts.DataPort),
            .. workers.Select(w => (w, Parts.AkkaPort)),
        ];
        var ways = new List<(string Host, string Address, int Port, int PortHere)>();
        foreach (var (host, port) in targets)
        {
            var address = network.AddressOf(host);
            relays.Add(new SlowRelay(network.Here, address, port, TimeSpan.FromMilliseconds(200)));
            ways.Add((host, address, port, relays[^1].Port));
        }

        foreach (var host in workers.Prepend(NetworkRun.Coordinator))
        {
            network.Redirect(host, ways.Where(w => w.Host != host).Select(w => (w.Address, w.Port, w.PortHere)));
        }
    }
}
