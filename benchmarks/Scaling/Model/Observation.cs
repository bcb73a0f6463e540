namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>An exchange between ranks of one host, and the processor time that it took them together.</summary>
/// <param name="Bytes">Of a rank's payload.</param>
/// <param name="ProcessorSeconds">Measured, of all ranks.</param>
internal sealed record Observation(ExchangeLoad Load, long Bytes, double ProcessorSeconds);
