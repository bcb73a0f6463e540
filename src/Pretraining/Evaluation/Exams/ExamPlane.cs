using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>The exams of an evaluation in one plane. In every plane they are the same, in the same order.</summary>
/// <param name="plane">Which.</param>
/// <param name="data">Of its slices.</param>
/// <param name="training">Exams that are learned from.</param>
/// <param name="test">Exams that are tested on.</param>
public sealed class ExamPlane(SlicePlane plane, IDataSet data, IReadOnlyList<Exam> training, IReadOnlyList<Exam> test)
{
    public SlicePlane Plane => plane;

    public IDataSet Data => data;

    public IReadOnlyList<Exam> Training => training;

    public IReadOnlyList<Exam> Test => test;

    /// <summary>The samples of exams, exam after exam.</summary>
    public static int[] Slices(IReadOnlyList<Exam> exams) => [.. exams.SelectMany(exam => Enumerable.Range(exam.First, exam.Count))];
}
