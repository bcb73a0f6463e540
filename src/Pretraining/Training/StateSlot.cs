using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>One named part of a training state.</summary>
/// <param name="Name"><c>student</c>, <c>teacher</c>, <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>centers</c>, <c>applied</c>, <c>refused</c>, <c>damaged</c>, <c>anchor</c>, or <c>anchor.</c> and one of the first six.</param>
/// <param name="Flat">Its tensors in one flat buffer.</param>
public sealed record StateSlot(string Name, FlatTensor Flat)
{
    public ParameterLayout Layout => Flat.Layout;

    /// <summary>The whole buffer with its zero padding: what a copy sends.</summary>
    public HostBuffer<float> Buffer => Flat.Host;
}
