using Orchestrator.Pretraining.Checkpoints;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Checkpoints;

public sealed class SlotArrivalsTests
{
    [Fact]
    public void A_part_is_awaited_until_it_is_there()
    {
        var arrivals = new SlotArrivals(["a", "b"]);
        var brought = false;
        var bringing = new Thread(() => arrivals.Bring("b", () => Volatile.Write(ref brought, true)));
        bringing.Start();
        arrivals.Await("b");
        Assert.True(Volatile.Read(ref brought));
        bringing.Join();
    }

    [Fact]
    public void Nobody_waits_for_parts_after_one_that_did_not_come()
    {
        var arrivals = new SlotArrivals(["a", "b", "c"]);
        Assert.Throws<IOException>(() => arrivals.Bring("b", () => throw new IOException("gone")));
        arrivals.Await("b");
        arrivals.Await("c");
    }
}
