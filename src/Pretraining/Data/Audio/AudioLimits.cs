namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>What a sound file may claim. A file of silence compresses to next to nothing, so its size bounds nothing.</summary>
internal static class AudioLimits
{
    public const int LowestRate = 1_000;
    public const int HighestRate = 384_000;
    public const int MaxChannels = 32;

    /// <summary>Longest decoded clip or window.</summary>
    public const int MaxSeconds = 3_600;

    /// <summary>Most samples of a decoded clip: an hour at 48 kHz, 659 MiB.</summary>
    public const int MaxFrames = MaxSeconds * 48_000;

    /// <summary>Refuses rates and channels that no recording has.</summary>
    public static void Require(long rate, int channels, string name)
    {
        if (rate is < LowestRate or > HighestRate)
        {
            throw new DataException($"sound '{name}' claims {rate} Hz; {LowestRate} to {HighestRate} Hz are read");
        }

        if (channels is < 1 or > MaxChannels)
        {
            throw new DataException($"sound '{name}' claims {channels} channels; 1 to {MaxChannels} are read");
        }
    }
}
