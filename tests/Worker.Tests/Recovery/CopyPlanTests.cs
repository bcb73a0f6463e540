using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Recovery;
using Xunit;

namespace Orchestrator.Worker.Tests.Recovery;

public sealed class CopyPlanTests
{
    [Fact]
    public void Receivers_begin_at_different_sources()
    {
        var record = Record(["a", "b", "c", "d", "e"], ["a", "b"]);
        Assert.Equal(["a", "b"], Order(record, "c"));
        Assert.Equal(["b", "a", "c"], Order(record, "d"));
        Assert.Equal(["a", "b", "c", "d"], Order(record, "e"));
    }

    [Fact]
    public void Every_source_stands_in_everybodys_plan_and_nobody_in_his_own()
    {
        var record = Record(["c", "d", "e", "f", "a"], ["a", "x", "y"]);
        foreach (var member in new[] { "c", "d", "e", "f" })
        {
            var order = Order(record, member);
            Assert.Superset(new HashSet<string>(["a", "x", "y"]), order.ToHashSet());
            Assert.DoesNotContain(member, order);
            Assert.Equal(order.Distinct(), order);
        }
    }

    [Fact]
    public void Without_sources_there_is_nothing_to_copy() => Assert.Empty(Order(Record(["a", "b"], []), "b"));

    private static IEnumerable<string> Order(GenerationRecord record, string worker) =>
        CopyPlan.Order(record, worker).Select(source => source.WorkerId);

    private static GenerationRecord Record(string[] members, string[] sources) =>
        new()
        {
            Run = "r-1",
            Number = 2,
            Members = [.. members.Select(name => new GenerationMember(name, 1, "127.0.0.1", 1, 0, 1))],
            Shards = 8,
            BaseStep = 3,
            BaseDigest = "d",
            BaseStateGeneration = 1,
            Sources = [.. sources.Select(name => new GenerationSource(name, "127.0.0.1", 1))],
        };
}
