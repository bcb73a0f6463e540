using Orchestrator.Pretraining.Evaluation;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class ProbeImagesTests
{
    [Fact]
    public void Split_tests_on_the_held_out_images_at_the_end()
    {
        var images = Choose([0, 1, 0, 1, 2, 2, 1, 0], 8, 3, lowShot: false);

        Assert.Equal([0, 1, 2, 3, 4], images.Training);
        Assert.Equal([0, 1, 0, 1, 2], images.TrainingLabels);
        Assert.Equal([5, 6, 7], images.Test);
        Assert.Equal([2, 1, 0], images.TestLabels);
        Assert.Equal(3, images.Classes);
    }

    [Fact]
    public void Split_of_a_large_set_takes_ten_thousand_at_random()
    {
        var labels = Enumerable.Range(0, 25_000).Select(i => i / 2500).ToArray();
        labels.AsSpan(13_000).Clear();
        var images = Choose(labels, 25_000, 12_000, lowShot: false);

        Assert.Equal(ProbeImages.Most, images.Training.Distinct().Count());
        Assert.Equal(ProbeImages.Most, images.Test.Distinct().Count());
        Assert.InRange(images.Training.Max(), 0, 12_999);
        Assert.InRange(images.Test.Min(), 13_000, 24_999);
        Assert.All(images.Training, (image, i) => Assert.Equal(labels[image], images.TrainingLabels[i]));
        // 10,000 of 13,000: of the first 2,500 some 1,923 ± 22.
        Assert.InRange(images.Training.Count(i => i < 2500), 1810, 2040);
        Assert.Equal(images.Training, Choose(labels, 25_000, 12_000, lowShot: false).Training);
    }

    [Fact]
    public void Data_without_labels_is_refused() => Refused(null, 8, 3, false, "data.labels");

    [Fact]
    public void Labels_that_do_not_cover_the_images_are_refused() => Refused([0, 1, 0], 8, 3, false, "3 labels for 8 images");

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Split_without_training_or_test_images_is_refused(int holdOut) =>
        Refused([0, 1, 0, 1], 4, holdOut, false, $"data.holdOut is {holdOut} of 4");

    [Fact]
    public void Every_small_class_is_named_for_the_low_shot_probe()
    {
        int[] labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 0, 1];
        Refused(labels, 17, 2, true, "Class <1> has 4 training images");
        Refused(labels, 17, 2, true, "Class <3> has 1 training images");
        Assert.Equal(4, Choose(labels, 17, 2, lowShot: false).Classes);
    }

    [Fact]
    public void Class_that_is_only_held_out_is_refused() => Refused([0, 0, 0, 1], 4, 1, false, "Class <1> is among the held-out images");

    private static void Refused(int[]? labels, int count, int holdOut, bool lowShot, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<EvaluationException>(() => Choose(labels, count, holdOut, lowShot)).Message,
            StringComparison.Ordinal
        );

    private static ProbeImages Choose(int[]? labels, int count, int holdOut, bool lowShot) =>
        ProbeImages.Choose(labels, count, holdOut, lowShot, k => $"<{k}>");
}
