using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Which exams one training sees, and which it scores: none of those that it sees.</summary>
/// <param name="Fold">Places, among all that are learned from, of those that it does not see and scores; null: it sees all, and scores the test exams.</param>
/// <param name="Learned">Numbers of the training exams that it sees.</param>
/// <param name="Scored">What it scores, in the order of the fold.</param>
internal sealed record ExamTraining(int[]? Fold, int[] Learned, IReadOnlyList<Exam> Scored)
{
    /// <summary>One on all of them, and one without each fold.</summary>
    /// <param name="plane">Where they are seen.</param>
    /// <param name="learned">Numbers of the training exams to learn from.</param>
    /// <param name="folds">Places among them.</param>
    public static IEnumerable<ExamTraining> Of(ExamPlane plane, int[] learned, int[][] folds) =>
        folds
            .Select(fold => new ExamTraining(
                fold,
                [.. learned.Where((_, place) => !fold.Contains(place))],
                [.. fold.Select(place => plane.Training[learned[place]])]
            ))
            .Prepend(new ExamTraining(null, learned, plane.Test));
}
