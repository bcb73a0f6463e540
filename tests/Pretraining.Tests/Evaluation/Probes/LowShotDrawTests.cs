using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class LowShotDrawTests
{
    private static readonly int[] Labels =
    [
        .. Enumerable
            .Range(0, 1000)
            .Select(i =>
                i % 100 < 60 ? 0
                : i % 100 < 99 ? 1
                : 2
            ),
    ];

    [Fact]
    public void Rows_per_class_are_those_of_the_low_shot_probe()
    {
        for (var draw = 0; draw < 5; draw++)
        {
            Assert.Equal(LowShotProbe.Labeled(Labels, 3, 5, 7, draw), LowShotDraw.PerClass(Labels, 3, 5, 7, draw));
        }
    }

    [Fact]
    public void Rows_per_class_of_a_small_class_are_refused_by_name()
    {
        var refused = Assert.Throws<EvaluationException>(() => LowShotDraw.PerClass([0, 0, 1], 2, 2, 0, 0, ["cat", "dog"]));
        Assert.Equal("Class 1 (dog) has 1 training images; 2 are to be labeled.", refused.Message);
    }

    [Theory]
    [InlineData(0.01, 6, 3, 1)]
    [InlineData(0.1, 60, 39, 1)]
    [InlineData(0.002, 1, 1, 1)]
    [InlineData(0.25, 150, 98, 2)]
    [InlineData(1, 600, 390, 10)]
    public void A_fraction_is_taken_by_class_and_at_least_one_of_each(double fraction, params int[] expected)
    {
        // 600, 390 and 10 rows. At 1 %: 6, 3.9 and 0.1 make 10 with one of the last, so the second has 3.
        var rows = LowShotDraw.Fraction(Labels, 3, fraction, 5, 1);

        Assert.Equal(expected, Enumerable.Range(0, 3).Select(k => rows.Count(row => Labels[row] == k)));
        Assert.Equal(rows.Length, rows.Distinct().Count());
    }

    [Fact]
    public void A_fraction_begins_with_the_rows_per_class_of_its_draw()
    {
        var fraction = LowShotDraw.Fraction(Labels, 3, 0.01, 5, 2);
        var single = LowShotDraw.PerClass(Labels, 3, 1, 5, 2);

        Assert.Equal(single, new[] { fraction[0], fraction[6], fraction[9] });
        Assert.NotEqual(fraction, LowShotDraw.Fraction(Labels, 3, 0.01, 5, 3));
        Assert.NotEqual(fraction, LowShotDraw.Fraction(Labels, 3, 0.01, 6, 2));
        Assert.Equal(fraction, LowShotDraw.Fraction(Labels, 3, 0.01, 5, 2));
    }

    [Fact]
    public void A_fraction_of_many_classes_sums_to_the_rounded_whole()
    {
        int[] labels = [.. Enumerable.Range(0, 3333).Select(i => i * i % 101 % 13)];
        foreach (var fraction in new[] { 0.01, 0.013, 0.1, 0.37, 0.5, 0.999 })
        {
            Assert.Equal((int)Math.Round(3333 * fraction), LowShotDraw.Fraction(labels, 13, fraction, 0, 0).Length);
        }
    }

    [Fact]
    public void A_fraction_leaves_an_empty_class_empty() => Assert.Single(LowShotDraw.Fraction([2, 2, 2, 2], 4, 0.25, 0, 0));

    [Fact]
    public void Positives_of_each_class_make_a_union_that_grows()
    {
        var labels = MultiLabels();
        for (var draw = 0; draw < 3; draw++)
        {
            var (two, five) = (MultiLabelDraw.PerClass(labels, 2, 9, draw), MultiLabelDraw.PerClass(labels, 5, 9, draw));
            Assert.Equal(two.Order().Distinct(), two);
            Assert.Subset(five.ToHashSet(), two.ToHashSet());
            Assert.InRange(five.Length, 5, 15);
            var drawn = labels.Select(five);
            Assert.All(Enumerable.Range(0, 3), k => Assert.InRange(drawn.Positives(k), 5, 15));
        }

        Assert.NotEqual(MultiLabelDraw.PerClass(labels, 5, 9, 0), MultiLabelDraw.PerClass(labels, 5, 9, 1));
        Assert.Equal(MultiLabelDraw.PerClass(labels, 5, 9, 0), MultiLabelDraw.PerClass(labels, 5, 9, 0));
    }

    [Fact]
    public void Positives_of_a_rare_class_are_refused_by_name()
    {
        var labels = new LabelMatrix(3, 2, [1, 0, 1, 1, 1, LabelMatrix.Unknown]);
        var refused = Assert.Throws<EvaluationException>(() => MultiLabelDraw.PerClass(labels, 2, 0, 0, ["edema", "mass"]));
        Assert.Equal("Class 1 (mass) has 1 positive training images; 2 are to be drawn.", refused.Message);
    }

    [Fact]
    public void A_fraction_of_multi_label_rows_is_rounded_and_nests()
    {
        var one = MultiLabelDraw.Fraction(1000, 0.01, 3, 0);
        var ten = MultiLabelDraw.Fraction(1000, 0.1, 3, 0);

        Assert.Equal((10, 100), (one.Length, ten.Distinct().Count()));
        Assert.Subset(ten.ToHashSet(), one.ToHashSet());
        Assert.NotEqual(one, MultiLabelDraw.Fraction(1000, 0.01, 3, 1));
        Assert.Single(MultiLabelDraw.Fraction(20, 0.01, 3, 0));
        Assert.Equal(Enumerable.Range(0, 20), MultiLabelDraw.Fraction(20, 1, 3, 0));
    }

    /// <summary>60 rows, 3 classes: every second, third and fifth row is a positive.</summary>
    private static LabelMatrix MultiLabels() =>
        new(
            60,
            3,
            [.. Enumerable.Range(0, 60).SelectMany(i => new[] { i % 2, i % 3, i % 5 }).Select(remainder => (sbyte)(remainder == 0 ? 1 : 0))]
        );
}
