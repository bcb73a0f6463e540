using System.Text;
using Orchestrator.Protocol.Tests.Moves;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Protocol.Tests.Exploration;

/// <summary>
/// One long schedule, drawn by a seed: faults as the budget has them, then none any more: everything is repaired, and messages are delivered as the
/// draws have it until the run is over.
/// </summary>
internal static class RandomWalk
{
    // A drawn schedule delivers fairly, not fast.
    private const int MostFairMoves = 4000;

    /// <returns>Moves made, and what was violated, with the schedule; null: nothing, and the run completed.</returns>
    public static (int Moves, string? Violation) Go(Bounds bounds, long seed, int wildMoves, ProtocolRules? rules = null)
    {
        var draws = new PhiloxStream(7, DrawPurpose.Preflight, 0, seed);
        var world = Setup.Of(bounds, rules ?? new ProtocolRules());
        var schedule = new StringBuilder();
        var made = 0;
        for (; made < wildMoves && !world.IsOver && world.Violation is null; made++)
        {
            world = Next(world, ref draws, schedule, withLuck: draws.NextUInt32() % 8 == 0);
        }

        world = Repaired(world);
        for (var fair = 0; fair < MostFairMoves && !world.IsOver && world.Violation is null; fair++, made++)
        {
            world = Next(world, ref draws, schedule, withLuck: false);
        }

        var violation =
            world.Violation ?? (world.IsOver ? null : $"I4: {MostFairMoves} fair moves after the last fault the run is not complete");
        return (made, violation is null ? null : $"{violation}\nwithin {bounds}, seed {seed}, after\n{schedule}");
    }

    private static ModelWorld Next(ModelWorld world, ref PhiloxStream draws, StringBuilder schedule, bool withLuck)
    {
        var moves = AllMoves.Of(world).Where(m => m.IsLuck == withLuck && !ReferenceEquals(m.After, world)).ToArray();
        if (moves.Length == 0)
        {
            return world;
        }

        var move = moves[draws.NextInt32(moves.Length)];
        schedule.AppendLine(move.Text);
        return move.After;
    }

    private static ModelWorld Repaired(ModelWorld world)
    {
        world = world with { Left = default, Late = [] };
        while (FaultMoves.Of(world).FirstOrDefault() is { After: { } after })
        {
            world = after;
        }

        return world;
    }
}
