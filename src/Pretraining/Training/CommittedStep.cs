using Orchestrator.Collectives;

namespace Orchestrator.Pretraining.Training;

/// <summary>What a commit made of a state, for whoever holds the state before it: with this it comes to the same bits without views, forward or backward passes.</summary>
/// <param name="Step">0-based index of the step.</param>
/// <param name="Gradient">Reduced over the global batch; null for a step that was not applied. Valid during the call that hands it over.</param>
/// <param name="Statistics">Values after the commit of the slots in <see cref="TrainingState.Statistics"/>, in their order.</param>
public sealed record CommittedStep(long Step, HostBuffer<float>? Gradient, IReadOnlyList<SlotValues> Statistics);

/// <param name="Name">Of the slot.</param>
/// <param name="Values">The whole buffer.</param>
public sealed record SlotValues(string Name, float[] Values);
