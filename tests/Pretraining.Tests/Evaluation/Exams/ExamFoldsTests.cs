using Orchestrator.Pretraining.Evaluation.Exams;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class ExamFoldsTests
{
    [Theory]
    [InlineData(30, 20, 5)]
    [InlineData(23, 7, 5)]
    [InlineData(11, 3, 3)]
    [InlineData(2, 9, 2)]
    public void Each_exam_is_in_one_fold_and_each_fold_has_its_share_of_both_classes(int no, int yes, int folds)
    {
        bool[] labels = [.. Enumerable.Range(0, no + yes).Select(i => i >= no)];
        var found = ExamFolds.Of(labels, seed: 3);
        Assert.Equal(folds, found.Length);
        Assert.Equal(Enumerable.Range(0, labels.Length), found.SelectMany(f => f).Order());
        foreach (var of in new[] { false, true })
        {
            var counts = found.Select(fold => fold.Count(exam => labels[exam] == of)).ToList();
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }

        var sizes = found.Select(fold => fold.Length).ToList();
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        Assert.Equal(found, ExamFolds.Of(labels, seed: 3));
        Assert.NotEqual(found, ExamFolds.Of(labels, seed: 4));
    }

    [Fact]
    public void One_exam_of_a_class_makes_no_folds() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ExamFolds.Of([true, false, false], seed: 0));
}
