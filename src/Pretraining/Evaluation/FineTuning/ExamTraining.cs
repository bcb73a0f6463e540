using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>Which exams one training sees, and which it scores: none of those that it sees.</summary>
/// <param name="Learned">Numbers of the training exams that it sees.</param>
/// <param name="Scored">The fold that it does not see, in its order; the test exams where it sees all.</param>
internal sealed record ExamTraining(int[] Learned, IReadOnlyList<Exam> Scored)
{
    /// <summary>One on all of them, and one without each fold.</summary>
    /// <param name="plane">Where they are seen.</param>
    /// <param name="learned">Numbers of the training exams to learn from.</param>
    /// <param name="folds">Places among them.</param>
    public static IEnumerable<ExamTraining> Of(ExamPlane plane, int[] learned, int[][] folds) =>
        folds
            .Select(fold => new ExamTraining(
                [.. learned.Where((_, place) => !fold.Contains(place))],
                [.. fold.Select(place => plane.Training[learned[place]])]
            ))
            .Prepend(new ExamTraining(learned, plane.Test));
}
