using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Protocol.Tests.World;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>The head gives idle workers to the run, when the run wants some.</summary>
internal static class OfferMoves
{
    public static IEnumerable<Move> Of(ModelWorld world)
    {
        foreach (var coordinator in world.Coordinators)
        {
            if (RunDemands.Of(coordinator.State) is not { Kind: not DemandKind.Evaluation } demand)
            {
                continue;
            }

            var idle = world
                .Workers.Where(w => w.IsReachable && w.Agent is { Run: null, Draining: false } && IsFree(coordinator, w))
                .Take(demand.Max)
                .ToArray();
            if (idle.Length < demand.Min || idle.Length == 0)
            {
                continue;
            }

            yield return new(
                $"coordinator {coordinator.Name}'s head gives {string.Join(", ", idle.Select(w => w.Id))} to the run",
                false,
                CoordinatorStep.Takes(world, coordinator.Name, new Offered(0, [.. idle.Select(w => w.Status())])).World
            );
        }
    }

    private static bool IsFree(CoordinatorProcess coordinator, WorkerProcess worker) =>
        coordinator.Known(worker.Id) is null or { Leaving: true };
}
