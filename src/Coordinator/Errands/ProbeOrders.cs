using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>Probes while a run pretrains: which evaluations a new checkpoint is due for. Whoever is idle does them; no rank waits for one.</summary>
public static class ProbeOrders
{
    /// <summary>
    /// An order for each interval of the spec's probes and evaluations that the run has come past with this checkpoint. That of the last step is probed at the run's end,
    /// and judged by every evaluation of the spec.
    /// </summary>
    /// <param name="state">With the checkpoint in it.</param>
    public static IEnumerable<EvaluationOrder> Due(RunState state, CheckpointCompleted completed)
    {
        var isLast = completed.Step >= state.TotalSteps && state.TotalSteps > 0;
        var before = state.Checkpoints.Where(c => c.Step < completed.Step).Select(c => c.Step).DefaultIfEmpty(0).Max();
        bool IsPast(long? interval) => interval is { } every && completed.Step / every > before / every;
        IEnumerable<EvaluationSpec> probes = isLast
            ? []
            : state.Spec.Probes.Where(probe => IsPast(probe.EverySteps)).GroupBy(probe => probe.EverySteps).Select(Evaluation);
        var evaluations = (state.Spec.Evaluations ?? []).Where(e => isLast || IsPast(e.Interval(state.Spec.Budget, state.TotalSteps)));
        return probes
            .Concat(evaluations.Select(e => e.Evaluation))
            .Select(evaluation => EvaluationOrder.Of(state, evaluation))
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
