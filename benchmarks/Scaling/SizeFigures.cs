namespace Orchestrator.Benchmarks.Scaling;

/// <summary>What one rank measured of one size.</summary>
/// <param name="Bytes">Of the payload.</param>
/// <param name="Seconds">Of a call, in each block.</param>
/// <param name="ProcessorSeconds">Of its process for a call, in each block.</param>
internal sealed record SizeFigures(int Bytes, double[] Seconds, double[] ProcessorSeconds);
