using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Shared.Evaluations;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Protocols;

public sealed class FoldedEvaluationTests
{
    [Fact]
    public void Together_folds_have_no_interval_of_one_of_them_and_count_all_exams()
    {
        var spec = new EvaluationSpec { Protocols = [EvaluationProtocol.Exams], Folds = ["a", "b"] };
        var found = FoldedEvaluation.Together(spec, [Fold(0.5, 10, 4), Fold(0.7, 9, 5)]);
        var figure = Assert.Single(found.Figures);
        Assert.Equal((0.6, null, null), (Math.Round(figure.Value, 12), figure.Low, figure.High));
        Assert.Equal([0.5, 0.7], figure.Draws);
        Assert.Equal(new ExamCounts(10, 9), found.Exams);
    }

    private static EvaluationResult Fold(double value, int training, int test) =>
        new()
        {
            Spec = new EvaluationSpec { Protocols = [EvaluationProtocol.Exams] },
            Step = 1,
            Digest = "d",
            Training = training,
            Test = test,
            Classes = 2,
            Exams = new ExamCounts(training, test),
            Figures = [new EvaluationFigure(EvaluationProtocol.Exams, "axial mean", "AUC", JudgedFeatures.Pretrained, value, [], 0.1, 0.9)],
            Worker = "w",
            Seconds = 1,
        };
}
