using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>Everything that may happen next.</summary>
internal static class AllMoves
{
    public static IEnumerable<Move> Of(ModelWorld world)
    {
        foreach (var move in Raw(world))
        {
            yield return move with
            {
                After = Tidy(Invariants.Holds(world, move.After)),
            };
        }
    }

    private static IEnumerable<Move> Raw(ModelWorld world)
    {
        for (var worker = 0; worker < world.Workers.Length; worker++)
        {
            foreach (var move in RankMoves.Of(world, worker))
            {
                yield return move;
            }
        }

        foreach (var move in MessageMoves.Of(world).Concat(OfferMoves.Of(world)).Concat(TimerMoves.Of(world)).Concat(FaultMoves.Of(world)))
        {
            yield return move;
        }
    }

    /// <summary>Forgets parts of generations in which no rank is any more.</summary>
    private static ModelWorld Tidy(ModelWorld world) =>
        world.Parts.All(p => IsAlive(world, p.Generation))
            ? world
            : world with
            {
                Parts = world.Parts.RemoveAll(p => !IsAlive(world, p.Generation)),
            };

    private static bool IsAlive(ModelWorld world, long generation) => world.Workers.Any(w => w.Rank.Record?.Number == generation);
}
