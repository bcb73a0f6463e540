using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Corruption;

public sealed class GroupMaskingTests
{
    private static readonly ImageSize Size = new(28, 28, 2);
    private static readonly CorruptionOptions Options = new(
        FillKind.Noise,
        new Interval(0.4, 0.6),
        new Interval(0.25, 0.6),
        1,
        new ReplaceOptions(0, Interval.At(0.3))
    );
    private readonly float[] clean = Enumerable.Range(0, Size.Length).Select(i => 100f + i).ToArray();
    private readonly float[] mate = Enumerable.Range(0, Size.Length).Select(i => -100f - i).ToArray();

    [Theory]
    [InlineData(FillKind.Noise)]
    [InlineData(FillKind.Zeros)]
    [InlineData(FillKind.SameImage)]
    public void Unmasked_pixels_stay_clean_and_masked_ones_are_filled(FillKind fill)
    {
        var masking = new GroupMasking(Size, Options with { Fill = fill });
        for (var sample = 0; sample < 50; sample++)
        {
            var (corrupted, mask, covered) = Corrupt(masking, sample);
            Assert.Equal(covered, mask.Sum(m => m));
            Assert.InRange(covered / 784.0, 0.4, 0.6 + (0.6 * 0.6));
            for (var i = 0; i < Size.Length; i++)
            {
                if (mask[i % 784] == 0)
                {
                    Assert.Equal(clean[i], corrupted[i]);
                }
                else
                {
                    Assert.True(
                        fill switch
                        {
                            FillKind.Noise => Math.Abs(corrupted[i]) < 7,
                            FillKind.Zeros => corrupted[i] == 0,
                            // The same channel of the same image.
                            _ => corrupted[i] >= clean[i / 784 * 784] && corrupted[i] <= clean[(i / 784 * 784) + 783],
                        },
                        $"{fill}: pixel {i} is {corrupted[i]}"
                    );
                }
            }
        }
    }

    [Fact]
    public void Noise_is_unit_gaussian_and_differs_between_channels()
    {
        var values = Enumerable
            .Range(0, 100)
            .SelectMany(sample =>
            {
                var (corrupted, mask, _) = Corrupt(new GroupMasking(Size, Options), sample);
                return Enumerable
                    .Range(0, 784)
                    .Where(i => mask[i] != 0)
                    .Select(i => (First: (double)corrupted[i], Second: (double)corrupted[784 + i]));
            })
            .ToArray();
        var error = 5 / Math.Sqrt(values.Length);
        Assert.Equal(0, values.Average(v => v.First), error);
        Assert.Equal(1, values.Average(v => v.First * v.First), error * Math.Sqrt(2));
        Assert.Equal(0, values.Average(v => v.First * v.Second), error);
    }

    [Fact]
    public void Replaced_views_have_the_mates_blocks_and_their_own_area()
    {
        var masking = new GroupMasking(Size, Options with { Replace = new ReplaceOptions(0.5, Interval.At(0.1)) });
        var replaced = 0;
        for (var sample = 0; sample < 400; sample++)
        {
            var (corrupted, mask, covered) = Corrupt(masking, sample, mate);
            var first = Array.IndexOf(mask, (byte)1);
            if (corrupted[first] > -50)
            {
                Assert.True(covered >= 0.4 * 784);
                continue;
            }

            replaced++;
            Assert.Equal(Enumerable.Range(0, Size.Length).Select(i => mask[i % 784] != 0 ? mate[i] : clean[i]), corrupted);
            Assert.InRange(covered, 79, 784 * 0.1 + (0.6 * 0.6 * 784));
        }

        Assert.InRange(replaced, 150, 250);
    }

    [Fact]
    public void Without_a_mate_nothing_is_replaced()
    {
        var masking = new GroupMasking(Size, Options with { Fill = FillKind.Zeros, Replace = new ReplaceOptions(1, Interval.At(0.1)) });
        Assert.All(Enumerable.Range(0, 20), sample => Assert.True(Corrupt(masking, sample).Covered >= 0.4 * 784));
    }

    [Fact]
    public void A_kind_is_drawn_once_a_view_and_each_as_often_as_the_others()
    {
        var masking = new GroupMasking(Size, Options with { Fill = new FillKinds(FillKind.Zeros, FillKind.Noise, FillKind.SameImage) });
        var counts = new int[3];
        for (var sample = 0; sample < 900; sample++)
        {
            var (corrupted, mask, _) = Corrupt(masking, sample);
            var kinds = Enumerable
                .Range(0, Size.Length)
                .Where(i => mask[i % 784] != 0)
                .Select(i =>
                    corrupted[i] == 0 ? 0
                    : Math.Abs(corrupted[i]) < 7 ? 1
                    : 2
                )
                .Distinct();
            counts[Assert.Single(kinds)]++;
        }

        // Mean 300, sd 14.
        Assert.All(counts, count => Assert.InRange(count, 230, 370));
    }

    [Fact]
    public void Views_of_one_sample_draw_kinds_of_their_own_and_the_same_again()
    {
        var masking = new GroupMasking(Size, Options with { Fill = new FillKinds(FillKind.Zeros, FillKind.Noise) });
        var (first, second) = (new float[Size.Length], new float[Size.Length]);
        var mask = new byte[Size.Area];
        var differ = 0;
        for (var sample = 0; sample < 100; sample++)
        {
            masking.Corrupt(clean, [], 1, 2, sample, 0, first, mask);
            masking.Corrupt(clean, [], 1, 2, sample, 1, second, mask);
            differ += first.Contains(0) != second.Contains(0) ? 1 : 0;
            masking.Corrupt(clean, [], 1, 2, sample, 0, second, mask);
            Assert.Equal(first, second);
        }

        Assert.InRange(differ, 25, 75);
    }

    [Fact]
    public void An_area_of_nothing_leaves_the_view_clean_and_the_mask_empty()
    {
        var masking = new GroupMasking(Size, Options with { Area = Interval.At(0) });
        var (corrupted, mask, covered) = Corrupt(masking, 0);
        Assert.Equal(0, covered);
        Assert.DoesNotContain((byte)1, mask);
        Assert.Equal(clean, corrupted);
    }

    [Fact]
    public void Corruption_depends_on_seed_epoch_sample_and_view_only()
    {
        var masking = new GroupMasking(Size, Options);
        var expected = Enumerable.Range(0, 40).Select(sample => Corrupt(masking, sample).Corrupted).ToArray();
        Parallel.For(0, 160, i => Assert.Equal(expected[i % 40], Corrupt(masking, i % 40).Corrupted));
        Assert.Equal(40, expected.Select(values => values.Sum()).Distinct().Count());
    }

    [Fact]
    public void Batch_mate_is_uniform_over_the_others()
    {
        var counts = new int[8];
        for (var sample = 0; sample < 7000; sample++)
        {
            counts[GroupMasking.BatchMate(4, 0, sample, 0, position: 3, shardSize: 8)]++;
        }

        Assert.Equal(0, counts[3]);
        // Mean 1000, sd 29.
        Assert.All(counts.Where((_, i) => i != 3), count => Assert.InRange(count, 850, 1150));
        Assert.Equal(-1, GroupMasking.BatchMate(4, 0, 0, 0, 0, 1));
        Assert.Equal(1, GroupMasking.BatchMate(4, 0, 0, 0, 0, 2));
    }

    [Fact]
    public void No_image_is_its_own_batch_mate_wherever_it_stands()
    {
        foreach (var shardSize in Enumerable.Range(2, 8))
        {
            for (var sample = 0; sample < 100 * shardSize; sample++)
            {
                var position = sample % shardSize;
                var other = GroupMasking.BatchMate(4, 1, sample, sample % 2, position, shardSize);
                Assert.InRange(other, 0, shardSize - 1);
                Assert.NotEqual(position, other);
            }
        }
    }

    [Theory]
    // int(.3 · 32) = 9
    [InlineData(32, 32, 16, 0.3, 0.5, "alignment 16 px is not below the largest block side, 9 px of a height of 32")]
    [InlineData(64, 20, 8, 0.5, 0.3, "a width of 20 px leaves 4 px beside alignment 8")]
    [InlineData(28, 28, 0, 0.3, 0.5, "the alignment is 0 px")]
    // Blocks of one alignment: the last position is 32 of 64, so 48 × 48 of 64 × 64 pixels can be reached.
    [InlineData(64, 64, 16, 0.3, 0.75, "aligned blocks reach 2304 of 4096")]
    [InlineData(28, 28, 1, 0.03, 0.5, "alignment 1 px is not below the largest block side, 0 px")]
    public void Options_that_break_the_sampler_are_named(int height, int width, int align, double block, double area, string problem)
    {
        var (size, options) = (
            new ImageSize(height, width, 1),
            Options with
            {
                Align = align,
                Block = new Interval(0, block),
                Area = Interval.At(area),
            }
        );
        Assert.Contains(GroupMasking.Problems(size, options), text => text.Contains(problem, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => new GroupMasking(size, options));
    }

    [Fact]
    public void Options_of_the_samples_have_no_problem()
    {
        Assert.Empty(GroupMasking.Problems(Size, Options));
        Assert.Empty(
            GroupMasking.Problems(
                new ImageSize(224, 224, 3),
                Options with
                {
                    Align = 16,
                    Block = new Interval(0, 0.3),
                    Area = new Interval(0.5, 0.75),
                }
            )
        );
    }

    [Fact]
    public void Whole_area_ends_within_the_bound()
    {
        var masking = new GroupMasking(Size, Options with { Fill = FillKind.Zeros, Area = Interval.At(1), Block = new Interval(0, 0.2) });
        Assert.InRange(Corrupt(masking, 0).Covered, (int)(0.95 * 784), 784);
    }

    [Fact]
    public void Equal_bounds_of_the_block_give_that_side()
    {
        // .25 · 28 = 7: every block is 7 × 7 where the border does not cut it.
        var masking = new GroupMasking(
            Size,
            Options with
            {
                Fill = FillKind.Zeros,
                Block = Interval.At(0.25),
                Area = new Interval(0.001, 0.001),
            }
        );
        var covered = Enumerable.Range(0, 100).Select(sample => Corrupt(masking, sample).Covered).ToArray();
        Assert.Equal(49, covered.Max());
        Assert.True(covered.Count(c => c == 49) > 40);
    }

    private (float[] Corrupted, byte[] Mask, int Covered) Corrupt(GroupMasking masking, long sample, float[]? other = null)
    {
        var (corrupted, mask) = (new float[Size.Length], new byte[Size.Area]);
        var covered = masking.Corrupt(clean, other, 1, 2, sample, 0, corrupted, mask);
        return (corrupted, mask, covered);
    }
}
