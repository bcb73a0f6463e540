using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

/// <summary>One plane of exams that are named, split and labeled, and have no pixels.</summary>
/// <param name="training">Names with the number of slices.</param>
/// <param name="test">Those that are held out.</param>
/// <param name="labelOf">The class of a slice: of the exam's name, and the slice's number in it; null: none is labeled.</param>
internal sealed class ListedExams(
    IReadOnlyList<(string Name, int Slices)> training,
    IReadOnlyList<(string Name, int Slices)> test,
    Func<string, int, int>? labelOf
) : IDataSet
{
    public int Disposed { get; private set; }

    public int Count => PretrainingCount + test.Sum(exam => exam.Slices);

    public int PretrainingCount => training.Sum(exam => exam.Slices);

    public IReadOnlyList<Exam> Exams
    {
        get
        {
            var (exams, first) = (new List<Exam>(), 0);
            foreach (var (name, slices) in training.Concat(test))
            {
                exams.Add(new Exam(name, first, slices));
                first += slices;
            }

            return exams;
        }
    }

    public IReadOnlyList<int>? Labels =>
        labelOf is null ? null : [.. Exams.SelectMany(exam => Enumerable.Range(0, exam.Count).Select(slice => labelOf(exam.Name, slice)))];

    public IReadOnlyList<string>? ClassNames => null;

    public IReadOnlyList<int>? GroupStarts => null;

    public string Fingerprint => "";

    public ImageSize ViewSize => new(1, 1, 1);

    public IViewRenderer CreateRenderer() => throw new NotSupportedException("these have no pixels");

    public void Dispose() => Disposed++;
}
