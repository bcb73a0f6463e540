using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class LabelProbesTests
{
    [Fact]
    public void Linear_probe_on_separable_classes_is_right() =>
        Assert.Equal(1, LinearProbe.Accuracy(Blobs.Draw(300, 100, 12, 6, 0.1).Scaled()));

    [Fact]
    public void Linear_probe_on_labels_without_relation_is_at_chance()
    {
        var data = Blobs.Draw(2000, 1000, 4, 2, 50).Scaled();
        Assert.InRange(LinearProbe.Accuracy(data), 0.4, 0.6);
    }

    [Fact]
    public void Low_shot_probe_learns_more_from_more_labels()
    {
        var data = Blobs.Draw(400, 400, 12, 8, 1.2).Scaled();
        var one = LowShotProbe.Accuracies(data, 1, 0);
        var five = LowShotProbe.Accuracies(data, 5, 0);

        Assert.Equal(LowShotProbe.Draws, one.Length);
        Assert.True(one.Distinct().Count() > 1, "ten draws of labeled images gave ten equal accuracies");
        Assert.InRange(one.Average(), 0.2, five.Average() - 0.1);
        Assert.Equal(one, LowShotProbe.Accuracies(data, 1, 0));
    }

    [Fact]
    public void Labeled_rows_have_so_many_of_each_class_and_nest()
    {
        var labels = Enumerable.Range(0, 60).Select(i => i * i % 7 % 3).ToArray();
        for (var draw = 0; draw < 10; draw++)
        {
            var five = LowShotProbe.Labeled(labels, 3, 5, 7, draw);
            Assert.Equal(15, five.Distinct().Count());
            Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2], five.Select(row => labels[row]));
            Assert.Equal([five[0], five[5], five[10]], LowShotProbe.Labeled(labels, 3, 1, 7, draw));
        }

        Assert.NotEqual(LowShotProbe.Labeled(labels, 3, 5, 7, 0), LowShotProbe.Labeled(labels, 3, 5, 7, 1));
        Assert.NotEqual(LowShotProbe.Labeled(labels, 3, 5, 7, 0), LowShotProbe.Labeled(labels, 3, 5, 8, 0));
    }

    [Fact]
    public void Labeled_rows_of_a_small_class_are_refused()
    {
        var refused = Assert.Throws<ArgumentException>(() => LowShotProbe.Labeled([0, 0, 1], 2, 2, 0, 0));
        Assert.Contains("Class 1 has 1 training images", refused.Message, StringComparison.Ordinal);
    }
}
