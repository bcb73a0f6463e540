using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Xunit;

namespace Orchestrator.Protocol.Tests;

/// <summary>Schedules that are too long, and have too many faults, to be explored to the end.</summary>
public sealed class RandomWalkTests(ITestOutputHelper output)
{
    private const int WildMoves = 150;

    private static readonly int Walks = ModelSize.IsLarge ? 5000 : 40;

    [Theory]
    [InlineData(2, 1, 2)]
    [InlineData(3, 2, 3)]
    [InlineData(3, 1, 2)]
    public void Long_schedules_with_many_faults_keep_the_invariants_and_complete(int workers, int min, int given)
    {
        var bounds = new Bounds(workers, 4, min, Faults.AnyOf(6, 2), given, EverySteps: 2);
        var moves = 0;
        for (var seed = 0; seed < Walks; seed++)
        {
            var (made, violation) = RandomWalk.Go(bounds, seed, WildMoves);
            moves += made;
            Assert.Null(violation);
        }

        output.WriteLine($"{bounds}: {Walks} schedules, {moves} moves");
        Assert.True(moves > Walks * 40, $"only {moves} moves");
    }
}
