using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Evaluations;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class ExamProbeTests
{
    private const int Columns = 8;

    [Theory]
    [InlineData(ExamPooling.Max)]
    [InlineData(ExamPooling.Attention)]
    public void One_slice_of_an_exam_is_enough(ExamPooling pooling)
    {
        Assert.InRange(Auc(pooling, (features, label, slice) => features[slice][2] += label ? 6 : 0), 0.9, 1);
        // Nothing to be found: chance, whose standard error is 0.04 for 200 exams.
        Assert.InRange(Auc(pooling, null), 0.35, 0.65);
    }

    [Fact]
    public void Attention_finds_the_slice_that_one_feature_marks_where_another_tells_the_label()
    {
        void Mark(FeatureMatrix features, bool label, int slice)
        {
            (features[slice][0], features[slice][1]) = (features[slice][0] + 8, label ? 2 : -2);
        }

        var (mean, max, attention) = (Auc(ExamPooling.Mean, Mark), Auc(ExamPooling.Max, Mark), Auc(ExamPooling.Attention, Mark));
        Assert.InRange(attention, 0.95, 1);
        Assert.True(attention > Math.Max(mean, max) + 0.05, $"mean {mean:F3}, max {max:F3}, attention {attention:F3}");
    }

    [Fact]
    public void Scores_do_not_depend_on_the_other_exams_that_are_scored()
    {
        var (training, labels) = DrawnExams.Draw(30, Columns, seed: 11);
        var (test, _) = DrawnExams.Draw(10, Columns, seed: 12);
        foreach (var pooling in Enum.GetValues<ExamPooling>())
        {
            var all = ExamProbe.LogOdds(pooling, training, labels, test, seed: 0);
            var some = ExamProbe.LogOdds(pooling, training, labels, test.Select([7, 2]), seed: 0);
            Assert.Equal(all[7], some[0], 1e-6);
            Assert.Equal(all[2], some[1], 1e-6);
        }
    }

    private static double Auc(ExamPooling pooling, Action<FeatureMatrix, bool, int>? mark)
    {
        var (training, labels) = DrawnExams.Draw(200, Columns, seed: 9, mark);
        var (test, expected) = DrawnExams.Draw(200, Columns, seed: 10, mark);
        return DrawnExams.Auc(ExamProbe.LogOdds(pooling, training, labels, test, seed: 0), expected);
    }
}
