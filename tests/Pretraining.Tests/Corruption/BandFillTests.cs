using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Corruption;

/// <summary>ASiT's fills of whole bands, on spectrograms <c>[frames, mel bands]</c> that are not square.</summary>
public sealed class BandFillTests
{
    private static readonly ImageSize Size = new(24, 10, 1);
    private static readonly CorruptionOptions OneBlock = new(
        FillKind.Zeros,
        Interval.At(0.001),
        new Interval(0, 0.4),
        2,
        new ReplaceOptions(0, Interval.At(0.3))
    );

    [Theory]
    [InlineData(FillKind.Time, 4, 0, 6, 10)]
    [InlineData(FillKind.Frequency, 0, 2, 24, 4)]
    [InlineData(FillKind.Zeros, 4, 2, 6, 4)]
    public void A_blocks_band_is_all_mel_bands_of_its_frames_or_all_frames_of_its_mel_bands(
        FillKind fill,
        int row,
        int column,
        int height,
        int width
    ) => Assert.Equal(new MaskBlock(row, column, height, width), new MaskBlock(4, 2, 6, 4).Widened(fill, Size.Height, Size.Width));

    [Fact]
    public void Bands_lie_where_the_same_draws_put_blocks()
    {
        var masks = new[] { FillKind.Zeros, FillKind.Time, FillKind.Frequency }
            .Select(fill => new GroupMasking(Size, OneBlock with { Fill = fill }))
            .Select(masking => Enumerable.Range(0, 100).Select(sample => Corrupt(masking, sample)).ToArray())
            .ToArray();
        for (var sample = 0; sample < 100; sample++)
        {
            var (block, time, frequency) = (masks[0][sample], masks[1][sample], masks[2][sample]);
            for (var y = 0; y < Size.Height; y++)
            {
                for (var x = 0; x < Size.Width; x++)
                {
                    var (inRows, inColumns) = (
                        block.Mask.AsSpan(y * Size.Width, Size.Width).Contains((byte)1),
                        Enumerable.Range(0, Size.Height).Any(row => block.Mask[(row * Size.Width) + x] == 1)
                    );
                    var i = (y * Size.Width) + x;
                    Assert.Equal((inRows, inColumns), (time.Mask[i] == 1, frequency.Mask[i] == 1));
                    Assert.Equal((inRows ? 0 : 1 + i, inColumns ? 0 : 1 + i), (time.Corrupted[i], frequency.Corrupted[i]));
                }
            }

            // What is covered counts the band.
            Assert.Equal((time.Mask.Sum(m => m), frequency.Mask.Sum(m => m)), (time.Covered, frequency.Covered));
        }
    }

    /// <summary>Against 20,000 draws by the same rule in numpy: mean and deviation of the covered share, and how often the first, the last and the middle pixel are covered.</summary>
    [Theory]
    [InlineData(FillKind.Time, 1, 0.66421, 0.07496, 0.0128, 0.66465, 0.7184)]
    [InlineData(FillKind.Frequency, 1, 0.66337, 0.07344, 0.05745, 0.65625, 0.71555)]
    [InlineData(FillKind.Time, 16, 0.66632, 0.07596, 0.17065, 0.61615, 0.71325)]
    [InlineData(FillKind.Frequency, 16, 0.69706, 0.07587, 0.56455, 0.40935, 0.75475)]
    public void Covered_shares_of_bands_are_the_references(
        FillKind fill,
        int align,
        double mean,
        double deviation,
        double first,
        double last,
        double middle
    )
    {
        const int Draws = 1000;
        var size = new ImageSize(592, 128, 1);
        var options = OneBlock with { Fill = fill, Area = new Interval(0.5, 0.7), Block = new Interval(0, 0.3), Align = align };
        var masking = new GroupMasking(size, options);
        var (clean, corrupted, mask) = (new float[size.Length], new float[size.Length], new byte[size.Area]);
        var (shares, pixels) = (new double[Draws], new double[3]);
        for (var draw = 0; draw < Draws; draw++)
        {
            shares[draw] = masking.Corrupt(clean, [], 3, 0, draw, 0, corrupted, mask) / (double)size.Area;
            pixels[0] += mask[0];
            pixels[1] += mask[^1];
            pixels[2] += mask[(296 * 128) + 64];
        }

        var error = 5 * Math.Sqrt((1.0 / Draws) + (1.0 / 20_000));
        Assert.Equal(mean, shares.Average(), error * deviation);
        Assert.Equal(deviation, Math.Sqrt(shares.Average(s => (s - shares.Average()) * (s - shares.Average()))), error * deviation);
        foreach (var (expected, count) in new[] { first, last, middle }.Zip(pixels))
        {
            Assert.Equal(expected, count / Draws, error * Math.Sqrt(expected * (1 - expected)));
        }

        Assert.True(shares.Min() >= 0.5, "no view stays below its target");
    }

    [Fact]
    public void Replaced_views_have_blocks_and_not_bands()
    {
        var masking = new GroupMasking(Size, OneBlock with { Fill = FillKind.Time, Replace = new ReplaceOptions(1, Interval.At(0.001)) });
        var mate = Enumerable.Range(0, Size.Length).Select(i => -1f - i).ToArray();
        for (var sample = 0; sample < 50; sample++)
        {
            var (corrupted, mask, covered) = Corrupt(masking, sample, mate);
            // At most 4 of 10 bands wide, and 9 frames rounded to 8 high.
            Assert.InRange(covered, 4, 4 * 8);
            Assert.Equal(Enumerable.Range(0, Size.Length).Select(i => mask[i] == 1 ? mate[i] : 1f + i), corrupted);
        }
    }

    [Theory]
    // Aligned blocks of up to 32 reach 48 of 64 frames and all of 96 mel bands.
    [InlineData(FillKind.Zeros, 0.76, "aligned blocks reach 4608 of 6144")]
    [InlineData(FillKind.Time, 0.76, "aligned time bands reach 4608 of 6144")]
    [InlineData(FillKind.Frequency, 0.95, null)]
    public void Reach_counts_the_band(FillKind fill, double area, string? problem)
    {
        var options = OneBlock with { Fill = fill, Area = Interval.At(area), Block = new Interval(0, 0.3), Align = 16 };
        var problems = GroupMasking.Problems(new ImageSize(64, 96, 1), options);
        Assert.Equal(problem is null ? 0 : 1, problems.Count);
        Assert.All(problems, text => Assert.Contains(problem!, text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_kind_among_others_that_cannot_cover_the_area_is_named()
    {
        var options = OneBlock with
        {
            Fill = new FillKinds(FillKind.Frequency, FillKind.Time),
            Area = Interval.At(0.95),
            Block = new Interval(0, 0.3),
            Align = 16,
        };
        Assert.Contains(
            "aligned time bands",
            Assert.Single(GroupMasking.Problems(new ImageSize(64, 96, 1), options)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_bound_of_blocks_of_one_kind_is_not_raised_by_replacement_and_bands_need_fewer()
    {
        int MaxBlocks(FillKind fill) => new BlockSampler(Size, OneBlock.Block, OneBlock.Align, fill).MaxBlocks;
        Assert.True(MaxBlocks(FillKind.Time) < MaxBlocks(FillKind.Zeros));
        Assert.True(MaxBlocks(FillKind.Frequency) < MaxBlocks(FillKind.Zeros));
        Assert.Equal(MaxBlocks(FillKind.Zeros), new GroupMasking(Size, OneBlock).MaxBlocks);
    }

    private static (float[] Corrupted, byte[] Mask, int Covered) Corrupt(GroupMasking masking, long sample, float[]? mate = null)
    {
        var clean = Enumerable.Range(0, Size.Length).Select(i => 1f + i).ToArray();
        var (corrupted, mask) = (new float[Size.Length], new byte[Size.Area]);
        var covered = masking.Corrupt(clean, mate, 1, 2, sample, 0, corrupted, mask);
        return (corrupted, mask, covered);
    }
}
