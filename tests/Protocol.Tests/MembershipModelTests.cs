using System.Diagnostics;
using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Xunit;

namespace Orchestrator.Protocol.Tests;

/// <summary>The product's transitions, every schedule within bounds: the invariants of docs/protocol.md hold.</summary>
public sealed class MembershipModelTests(ITestOutputHelper output)
{
    public static TheoryData<string, int, int, int> Measured()
    {
        var data = new TheoryData<string, int, int, int>();
        foreach (var steps in new[] { 1, 2 })
        {
            foreach (var min in new[] { 1, 2 })
            {
                foreach (
                    var kind in new[]
                    {
                        nameof(Faults.WorkerCrashes),
                        nameof(Faults.CoordinatorCrashes),
                        nameof(Faults.SecondCoordinators),
                        nameof(Faults.WrongSuspicions),
                        nameof(Faults.Freezes),
                        nameof(Faults.ControlCuts),
                        nameof(Faults.DataCuts),
                        nameof(Faults.Drains),
                        nameof(Faults.LateMessages),
                    }
                )
                {
                    data.Add(kind, 1, steps, min);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Measured))]
    public void Measure(string kind, int total, int steps, int min) => Explore(new Bounds(2, steps, min, Faults.Of(kind, total)), 100);

    private void Explore(Bounds bounds, int least)
    {
        var watch = Stopwatch.StartNew();
        var result = Explorer.Explore(bounds, null, 200_000);
        output.WriteLine($"{bounds}: {result}; {watch.Elapsed.TotalSeconds:F1} s");
        Assert.Null(result.Violation);
        Assert.True(result.States >= least, $"only {result}");
    }
}
