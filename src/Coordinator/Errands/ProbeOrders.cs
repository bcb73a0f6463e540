using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>Probes while a run pretrains: which evaluations a new checkpoint is due for. Whoever is idle does them; no rank waits for one.</summary>
public static class ProbeOrders
{
    /// <summary>An order for each interval of the spec's probes that the run has come past with this checkpoint. That of the last step is judged at the run's end.</summary>
    /// <param name="state">With the checkpoint in it.</param>
    public static IEnumerable<EvaluationOrder> Due(RunState state, CheckpointCompleted completed)
    {
        if (completed.Step >= state.TotalSteps && state.TotalSteps > 0)
        {
            return [];
        }

        var before = state.Checkpoints.Where(c => c.Step < completed.Step).Select(c => c.Step).DefaultIfEmpty(0).Max();
        return state
            .Spec.Probes.Where(probe => probe.EverySteps is { } every && completed.Step / every > before / every)
            .GroupBy(probe => probe.EverySteps)
            .Select(probes => EvaluationOrder.Of(state, Evaluation(probes)))
            .OfType<EvaluationOrder>()
            .Select(order => order with { IsProbe = true });
    }

    private static EvaluationSpec Evaluation(IEnumerable<ProbeSpec> probes) =>
        new()
        {
            Protocols = [.. probes.Select(probe => Protocol(probe.Protocol))],
            View = SampleView.Unaligned,
            Baselines = false,
        };

    private static EvaluationProtocol Protocol(ProbeProtocol protocol) =>
        protocol switch
        {
            ProbeProtocol.Knn => EvaluationProtocol.Knn,
            ProbeProtocol.Linear => EvaluationProtocol.Linear,
            ProbeProtocol.LowShot => EvaluationProtocol.LowShot,
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "no such probe"),
        };
}
