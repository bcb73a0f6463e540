namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>What a sound file's headers say.</summary>
/// <param name="SampleRate">Hz.</param>
/// <param name="Frames">Samples a channel; null where the file does not say (FLAC written to a pipe): only decoding tells.</param>
public sealed record AudioInfo(AudioFormat Format, int SampleRate, int Channels, long? Frames);
