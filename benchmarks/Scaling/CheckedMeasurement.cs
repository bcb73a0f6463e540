namespace Orchestrator.Benchmarks.Scaling;

/// <summary>A measurement beside what the model says.</summary>
/// <param name="ProcessorSeconds">Predicted, of all ranks together.</param>
/// <param name="Seconds">Predicted: that time on the cores that others left, and the latencies.</param>
internal sealed record CheckedMeasurement(Measurement Measured, double ProcessorSeconds, double Seconds)
{
    /// <summary>Predicted by measured processor time.</summary>
    public double ProcessorRatio => ProcessorSeconds / Measured.ProcessorSeconds;

    /// <summary>Predicted by measured time.</summary>
    public double Ratio => Seconds / Measured.Seconds;

    /// <summary>By how much a ratio is off, whichever way: 2 for the half and for the double.</summary>
    public static double Factor(double ratio) => Math.Max(ratio, 1 / ratio);
}
