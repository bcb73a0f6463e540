namespace Orchestrator.Benchmarks.Scaling;

/// <summary>A machine, and what was measured on it: kept in the JSON that the benchmark prints, to be predicted from again.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="CacheBytes">Of its last cache.</param>
/// <param name="AddedByteSeconds">Processor time of an addition, for each byte of the sum.</param>
internal sealed record MeasuredMachine(string Processor, int Cores, long CacheBytes, double AddedByteSeconds, Measurement[] Measurements)
{
    public static MeasuredMachine Now(Action<string> progress) =>
        new(
            MachineLoad.Processor(),
            Environment.ProcessorCount,
            MachineLoad.CacheBytes(),
            AdditionRate.SecondsOfByte(),
            Measurement.All(progress)
        );
}
