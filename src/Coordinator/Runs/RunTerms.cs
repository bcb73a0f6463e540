using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>With which claim a run trains, and in which bounds: of its spec, until somebody changes it. Shows in no bits.</summary>
/// <param name="Priority">−100 to 100.</param>
/// <param name="MinWorkers">It does not train with fewer.</param>
/// <param name="MaxWorkers">It takes no more.</param>
public sealed record RunTerms(int Priority, int MinWorkers, int MaxWorkers)
{
    public static RunTerms Of(RunSpec spec) => new(spec.Priority, spec.Workers.Min, spec.Workers.Max);

    public RunTerms With(RunChanged change) =>
        new(change.Priority ?? Priority, change.MinWorkers ?? MinWorkers, change.MaxWorkers ?? MaxWorkers);
}
