using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.FineTuning;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.FineTuning;

public sealed class SampleMixingTests
{
    private static readonly ImageSize Size = new(10, 8, 2);

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.8)]
    [InlineData(1)]
    [InlineData(10)]
    public void Draws_have_the_mean_and_the_variance_of_the_beta_distribution(double alpha)
    {
        const int Draws = 20_000;
        var stream = new PhiloxStream(3, DrawPurpose.LabelMixing);
        var values = new double[Draws];
        for (var i = 0; i < Draws; i++)
        {
            values[i] = BetaDraw.Next(ref stream, alpha);
            Assert.InRange(values[i], 0, 1);
        }

        var variance = 1 / (4 * ((2 * alpha) + 1));
        // Five standard errors.
        Assert.Equal(0.5, values.Average(), 5 * Math.Sqrt(variance / Draws));
        Assert.Equal(variance, values.Average(v => (v - 0.5) * (v - 0.5)), 0.01 * variance + 5 * Math.Sqrt(1.0 / Draws) * variance);
    }

    [Fact]
    public void Mixup_weighs_both_views_and_their_targets_alike()
    {
        var mixing = new SampleMixing(Size, 0.8, 0);
        for (var draw = 0; draw < 20; draw++)
        {
            var (view, target) = Mixed(mixing, draw);
            Assert.All(view, value => Assert.Equal(view[0], value));
            Assert.Equal(target[0], view[0], 1e-6f);
            Assert.Equal(1, target[0] + target[1], 1e-6f);
        }
    }

    [Fact]
    public void Cutmix_takes_a_box_and_its_share_of_the_target()
    {
        var mixing = new SampleMixing(Size, 0, 1);
        var shares = new HashSet<float>();
        for (var draw = 0; draw < 200; draw++)
        {
            var (view, target) = Mixed(mixing, draw);
            var boxed = view.Select((value, i) => (value, i)).Where(at => at.value == 0).Select(at => at.i).ToList();
            Assert.All(view, value => Assert.True(value is 0 or 1, "a value of neither view"));
            Assert.Equal((float)boxed.Count / view.Length, target[1], 1e-6f);
            // A box: as many values as rows and columns that it touches, in both channels.
            var rows = boxed.Select(i => i % Size.Area / Size.Width).Distinct().Count();
            var columns = boxed.Select(i => i % Size.Width).Distinct().Count();
            Assert.Equal(rows * columns * Size.Channels, boxed.Count);
            shares.Add(target[1]);
        }

        Assert.True(shares.Count > 20 && shares.Max() > 0.5 && shares.Min() < 0.1, "the boxes hardly differ");
    }

    [Fact]
    public void With_both_each_is_taken_half_of_the_time()
    {
        var mixing = new SampleMixing(Size, 1, 1);
        var cut = Enumerable.Range(0, 1000).Count(draw => Mixed(mixing, draw).View.All(value => value is 0 or 1));
        Assert.InRange(cut, 420, 580);
    }

    /// <summary>A view of ones with the target (1, 0), mixed with one of zeros with (0, 1).</summary>
    private static (float[] View, float[] Target) Mixed(SampleMixing mixing, int draw)
    {
        var (view, target) = (Enumerable.Repeat(1f, Size.Length).ToArray(), new float[] { 1, 0 });
        var stream = new PhiloxStream(2, DrawPurpose.LabelMixing, 0, draw);
        mixing.Apply(view, new float[Size.Length], target, [0, 1], ref stream);
        return (view, target);
    }
}
