using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>SpecAugment (Park et al. 2019) as AST uses it: one band of frames and one of mel bands of a spectrogram are blanked, each of a random length and place.</summary>
/// <param name="frames">First side.</param>
/// <param name="mels">Second side.</param>
/// <param name="longestTime">Frames.</param>
/// <param name="longestFrequency">Mel bands.</param>
/// <param name="blank">What stands there: AST blanks log-mels with 0 before they are normalized.</param>
public sealed class BandMasking(int frames, int mels, int longestTime, int longestFrequency, float blank)
{
    /// <param name="view"><c>[1, frames, mels]</c>, changed.</param>
    /// <param name="stream">Of the sample.</param>
    public void Apply(Span<float> view, ref PhiloxStream stream)
    {
        var (time, fromTime) = Band(frames, longestTime, ref stream);
        var (frequency, fromFrequency) = Band(mels, longestFrequency, ref stream);
        view.Slice(fromTime * mels, time * mels).Fill(blank);
        for (var frame = 0; frame < frames; frame++)
        {
            view.Slice((frame * mels) + fromFrequency, frequency).Fill(blank);
        }
    }

    private static (int Length, int From) Band(int side, int longest, ref PhiloxStream stream)
    {
        var length = stream.NextInt32(Math.Min(longest, side) + 1);
        return (length, stream.NextInt32(side - length + 1));
    }
}
