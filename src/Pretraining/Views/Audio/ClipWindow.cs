namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>The part of a file that some spans of its clip are made of.</summary>
/// <param name="First">First sample, at the file's rate.</param>
/// <param name="Count">Samples, at the file's rate.</param>
/// <param name="PreparedFirst">Number of the first one that it gives in the clip at the spectrogram's rate.</param>
public readonly record struct ClipWindow(long First, long Count, int PreparedFirst);
