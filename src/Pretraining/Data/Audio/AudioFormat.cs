namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Kinds of sound file that are read.</summary>
public enum AudioFormat
{
    /// <summary>RIFF WAVE: integers of 8, 16, 24 or 32 bits, floats of 32 or 64.</summary>
    Wav,

    /// <summary>FLAC in its own container.</summary>
    Flac,

    /// <summary>Vorbis in Ogg.</summary>
    OggVorbis,
}
