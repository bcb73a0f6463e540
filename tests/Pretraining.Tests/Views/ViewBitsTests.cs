using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

/// <summary>
/// The bits of views and corruptions as the first loops over single floats made them. Runs promise the same bits: whoever makes the code faster keeps
/// these digests; whoever changes them changes the losses of every run.
/// </summary>
public sealed class ViewBitsTests
{
    [Theory]
    [InlineData(28, 28, 1, 28, 28, InterpolationKind.Bicubic, "4237de80c6f69828")]
    [InlineData(28, 28, 1, 28, 28, InterpolationKind.Bilinear, "4de14cbb956a728f")]
    [InlineData(20, 40, 3, 16, 16, InterpolationKind.Bicubic, "cdd867507656cb83")]
    [InlineData(20, 40, 3, 16, 16, InterpolationKind.Bilinear, "bdee485724e5eb06")]
    [InlineData(375, 500, 3, 224, 224, InterpolationKind.Bicubic, "dae843747a2a7782")]
    [InlineData(61, 47, 3, 33, 21, InterpolationKind.Bicubic, "6e2c9340ae0e04d6")]
    [InlineData(61, 47, 3, 33, 21, InterpolationKind.Bilinear, "d686c21a6bd6d03b")]
    [InlineData(50, 50, 1, 7, 64, InterpolationKind.Bicubic, "620edacf2b682ee8")]
    [InlineData(50, 50, 1, 7, 64, InterpolationKind.Bilinear, "c8db2866db4a1a2b")]
    public void Views_keep_their_bits(
        int height,
        int width,
        int channels,
        int viewHeight,
        int viewWidth,
        InterpolationKind kind,
        string digest
    )
    {
        var normalization =
            channels == 3
                ? new NormalizationOptions([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
                : new NormalizationOptions([0.449], [0.226]);
        var options = new AugmentationOptions(
            new Interval(0.05, 1),
            new Interval(3.0 / 4, 4.0 / 3),
            0.5,
            kind,
            new JitterOptions(0.8, 0.4, 0.4, 0.2, 0.1),
            new BlurOptions(0.5, new Interval(0.1, 2)),
            normalization
        );
        var output = new ImageSize(viewHeight, viewWidth, channels);
        var image = ViewSamples.Noisy(height, width, channels);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 20; i++)
        {
            var view = ViewSamples.Render(image, output, options, seed: 9, epoch: 3, sample: i, view: i % 2);
            hash.AppendData(MemoryMarshal.AsBytes(view.AsSpan()));
        }

        Assert.Equal(digest, Digest(hash));
    }

    [Theory]
    [InlineData(28, 28, 1, 7, FillKind.Noise, "da5d4a05e6359cec")]
    [InlineData(28, 28, 1, 7, FillKind.Zeros, "2d5025c82a96bbd5")]
    [InlineData(28, 28, 1, 7, FillKind.SameImage, "392c4e8e0cf1f1a5")]
    [InlineData(224, 224, 3, 16, FillKind.Noise, "bee2cf5bb61efe65")]
    [InlineData(33, 21, 3, 1, FillKind.Noise, "d131acfdb0fc25b6")]
    [InlineData(33, 21, 3, 1, FillKind.Zeros, "fba701e55d97e68b")]
    [InlineData(33, 21, 3, 1, FillKind.SameImage, "2990d20e20346588")]
    public void Corruptions_keep_their_bits(int height, int width, int channels, int patch, FillKind fill, string digest)
    {
        var size = new ImageSize(height, width, channels);
        var replace = new ReplaceOptions(0.3, Interval.At(0.3));
        var masking = new GroupMasking(size, new CorruptionOptions(fill, new Interval(0.5, 0.75), new Interval(0, 0.3), 1, replace));
        var clean = Enumerable.Range(0, size.Length).Select(i => i * 0.001f).ToArray();
        var mate = Enumerable.Range(0, size.Length).Select(i => -i * 0.002f).ToArray();
        var (corrupted, patches, mask) = (new float[size.Length], new float[size.Length], new byte[size.Area]);
        var layout = new PatchLayout(size, patch);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 20; i++)
        {
            masking.Corrupt(clean, mate, 5, 2, i, 1, corrupted, mask);
            layout.PatchifyMask(mask, patches);
            hash.AppendData(MemoryMarshal.AsBytes(corrupted.AsSpan()));
            hash.AppendData(mask);
            hash.AppendData(MemoryMarshal.AsBytes(patches.AsSpan()));
        }

        Assert.Equal(digest, Digest(hash));
    }

    private static string Digest(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
}
