using System.Diagnostics;
using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Xunit;

namespace Orchestrator.Protocol.Tests;

/// <summary>
/// The product's transitions, every schedule within bounds, breadth first: the invariants of docs/protocol.md hold. By default an exploration ends at so
/// many states; a large one goes on to the end of its bounds.
/// </summary>
public sealed class MembershipModelTests(ITestOutputHelper output)
{
    private static readonly int MostStates = ModelSize.IsLarge ? 3_000_000 : 10_000;

    [Theory]
    [InlineData(2, 2, 2, 2, 1_000)]
    [InlineData(2, 4, 1, 1, 5_000)]
    [InlineData(3, 1, 2, 3, 5_000)]
    public void Without_faults(int workers, int steps, int min, int given, int least) =>
        Explore(new Bounds(workers, steps, min, new Faults(0), given), least);

    [Theory]
    [InlineData(nameof(Faults.WorkerCrashes), 2, 1)]
    [InlineData(nameof(Faults.CoordinatorCrashes), 2, 2)]
    [InlineData(nameof(Faults.SecondCoordinators), 1, 1)]
    [InlineData(nameof(Faults.LateMessages), 1, 1)]
    [InlineData(nameof(Faults.WrongSuspicions), 1, 1)]
    [InlineData(nameof(Faults.Freezes), 1, 2)]
    [InlineData(nameof(Faults.ControlCuts), 2, 1)]
    [InlineData(nameof(Faults.DataCuts), 1, 1)]
    [InlineData(nameof(Faults.Drains), 2, 1)]
    [InlineData(nameof(Faults.Recalls), 4, 1)]
    [InlineData(nameof(Faults.Pauses), 4, 1)]
    [InlineData(nameof(Faults.Cancels), 4, 1)]
    public void Two_workers_and_one_fault_at_every_point(string kind, int steps, int min) =>
        Explore(new Bounds(2, steps, min, Faults.Of(kind, 1), EverySteps: 1), 2_000);

    [Theory]
    [InlineData(nameof(Faults.WorkerCrashes))]
    [InlineData(nameof(Faults.CoordinatorCrashes))]
    [InlineData(nameof(Faults.LateMessages))]
    public void Three_workers_and_one_fault_at_every_point(string kind) =>
        Explore(new Bounds(3, 1, 2, Faults.Of(kind, 1), MostNumbers: 3), 2_000);

    [Fact]
    public void Two_workers_and_two_faults_of_any_kind() => Explore(new Bounds(2, 2, 1, Faults.AnyOf(2, 1), MostNumbers: 4), 2_000);

    private void Explore(Bounds bounds, int least)
    {
        var watch = Stopwatch.StartNew();
        var result = Explorer.Explore(bounds, null, MostStates);
        output.WriteLine($"{bounds}: {result}; {watch.Elapsed.TotalSeconds:F1} s");
        Assert.Null(result.Violation);
        Assert.True(result.States >= least, $"only {result}");
    }
}
