using MessagePack;

namespace Orchestrator.Coordinator.Sweeps;

/// <summary>Which trial of which sweep a run is. There is one run of it: who submits it again gets that one.</summary>
[MessagePackObject]
public sealed record TrialOf([property: Key(0)] string Sweep, [property: Key(1)] int Trial);
