namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>One channel of sound in memory.</summary>
/// <param name="SampleRate">Samples a second, Hz.</param>
/// <param name="Samples">Mean of the file's channels. Integer files give −1 … 1; what a float file holds beyond that is kept. All finite.</param>
public sealed record AudioClip(int SampleRate, float[] Samples)
{
    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples.Length / SampleRate;
}
