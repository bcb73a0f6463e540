using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views.Audio;

public sealed class BandMaskingTests
{
    private const int Frames = 20;
    private const int Mels = 12;

    [Fact]
    public void A_band_of_frames_and_a_band_of_mels_are_blanked_and_nothing_else()
    {
        var masking = new BandMasking(Frames, Mels, 8, 5, -7);
        var (lengths, blanked) = (new HashSet<(int, int)>(), false);
        for (var draw = 0; draw < 300; draw++)
        {
            var view = Enumerable.Repeat(1f, Frames * Mels).ToArray();
            var stream = new PhiloxStream(1, DrawPurpose.SpecAugment, 0, draw);
            masking.Apply(view, ref stream);
            var frames = Enumerable.Range(0, Frames).Where(f => Enumerable.Range(0, Mels).All(m => view[(f * Mels) + m] == -7)).ToList();
            var mels = Enumerable.Range(0, Mels).Where(m => Enumerable.Range(0, Frames).All(f => view[(f * Mels) + m] == -7)).ToList();
            Assert.All(
                view.Select((value, i) => (value, i)),
                at => Assert.Equal(frames.Contains(at.i / Mels) || mels.Contains(at.i % Mels) ? -7f : 1f, at.value)
            );
            Assert.True(frames.Count == 0 || frames[^1] - frames[0] == frames.Count - 1, "frames of one band follow each other");
            Assert.True(mels.Count == 0 || mels[^1] - mels[0] == mels.Count - 1, "bands of mels follow each other");
            lengths.Add((frames.Count, mels.Count));
            blanked |= frames.Contains(Frames - 1);
        }

        Assert.Equal(
            (8, 5, 0, 0),
            (lengths.Max(l => l.Item1), lengths.Max(l => l.Item2), lengths.Min(l => l.Item1), lengths.Min(l => l.Item2))
        );
        Assert.True(blanked, "the last frame is never reached");
    }
}
