using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Probes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class SlicePoolingTests
{
    [Fact]
    public void Means_and_largest_of_each_exam_are_those_of_its_own_slices()
    {
        var exams = new ExamSlices(new FeatureMatrix(4, 2, [1, -8, 3, -2, 5, -5, 7, 100]), [3, 1]);
        Assert.Equal([3, -5, 7, 100], SlicePooling.Mean(exams).Values);
        Assert.Equal([5, -2, 7, 100], SlicePooling.Max(exams).Values);
        var turned = exams.Select([1, 0]);
        Assert.Equal((1, 3), (turned.CountOf(0), turned.CountOf(1)));
        Assert.Equal([7, 100, 5, -2], SlicePooling.Max(turned).Values);
    }

    [Fact]
    public void The_order_of_slices_changes_no_bit_of_the_largest_and_no_more_than_rounding_of_the_mean()
    {
        var (exams, _) = DrawnExams.Draw(20, 5, seed: 1);
        int[] turned = [.. Enumerable.Range(0, exams.Count).SelectMany(e => Enumerable.Range(exams.First(e), exams.CountOf(e)).Reverse())];
        var other = exams.With(exams.Features.Select(turned));
        Assert.Equal(SlicePooling.Max(exams).Values, SlicePooling.Max(other).Values);
        var (mean, otherMean) = (SlicePooling.Mean(exams), SlicePooling.Mean(other));
        for (var i = 0; i < mean.Values.Length; i++)
        {
            Assert.Equal(mean.Values[i], otherMean.Values[i], 1e-6f);
        }
    }

    [Theory]
    [InlineData(new[] { 2, 0, 2 })]
    [InlineData(new[] { 2, 1 })]
    public void Exams_without_slices_and_slices_without_exams_are_refused(int[] counts) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExamSlices(new FeatureMatrix(4, 2), counts));
}
