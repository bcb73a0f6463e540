using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>The state before the first step: a function of the spec alone.</summary>
public static class InitialState
{
    /// <summary>Student by counted draws, teacher a copy of it, moments, centers and counts zero.</summary>
    public static TrainingState Create(RunSpec spec, IPretrainingMethod method)
    {
        using var network = method.CreateNetwork();
        var layout = ParameterLayout.Of(network);
        var state = new TrainingState(layout, method.HasTeacher, CentersLayout(method), spec.Data.MaxDamaged > 0, spec.NonFinite.Policy);
        WeightInitializer.Fill(layout, spec.Seed, spec.Backbone.Initialization, segment => state.Student[segment]);
        if (state.Teacher is { } teacher)
        {
            state.Student.Host.Span.CopyTo(teacher.Host.Span);
        }

        state.Anchor?.Take(0);
        return state;
    }

    private static ParameterLayout? CentersLayout(IPretrainingMethod method) =>
        method.Centers.Count == 0 ? null : ParameterLayout.Of(method.Centers.Select(c => (c.Name, new long[] { c.Length })));
}
