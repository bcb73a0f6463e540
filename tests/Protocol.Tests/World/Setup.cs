using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.Moves;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>The first moment: a submitted run, a coordinator that has taken it over, workers that are idle, some of them given to the run.</summary>
internal static class Setup
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    public static ModelWorld Of(Bounds bounds, ProtocolRules rules)
    {
        var given = bounds.Given ?? bounds.Workers;
        var spec = RunSpecParser
            .Parse(
                $$"""
                method: gmml
                data: { images: a, labels: b, holdOut: 100 }
                budget: { steps: {{bounds.Steps}} }
                batch: { size: 64, shards: 4 }
                workers: { min: {{bounds.Min}}, max: {{bounds.Workers}} }
                checkpoint: { everySteps: {{bounds.EverySteps}} }
                """
            )
            .Spec!;
        var submitted = new RunState
        {
            Run = "r-1",
            Spec = spec,
            SpecJson = "{}",
            RunKey = new byte[32],
            CreatedAt = Clock.Formed,
            Timers = new RunTimers(),
            // Rows are no part of the model: all are stored.
            Progress = new RunProgress(bounds.Steps, "rows", 1, []),
        };
        var world = new ModelWorld
        {
            Bounds = bounds,
            Rules = rules,
            Journal = submitted,
            Left = bounds.Faults,
            Workers = [.. Names.Take(bounds.Workers).Select(name => WorkerProcess.Begun(name, 1))],
        };
        world = CoordinatorStep.Begins(world, 1);
        return CoordinatorStep.Takes(world, 1, new Offered(0, [.. world.Workers.Take(given).Select(w => w.Status())])).World;
    }
}
