using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Features of the slices of some exams in one plane, exam after exam.</summary>
public sealed class ExamSlices
{
    private readonly int[] ends;

    /// <param name="features">A row a slice.</param>
    /// <param name="counts">Slices of each exam, 1 or more; together as many as there are rows.</param>
    public ExamSlices(FeatureMatrix features, IReadOnlyList<int> counts)
    {
        (Features, ends) = (features, new int[counts.Count + 1]);
        for (var exam = 0; exam < counts.Count; exam++)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(counts[exam], nameof(counts));
            ends[exam + 1] = ends[exam] + counts[exam];
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(ends[^1], features.Rows, nameof(counts));
    }

    /// <summary><c>[slices, d]</c>.</summary>
    public FeatureMatrix Features { get; }

    /// <summary>Exams.</summary>
    public int Count => ends.Length - 1;

    /// <summary>The row of an exam's first slice.</summary>
    public int First(int exam) => ends[exam];

    /// <summary>Slices of an exam.</summary>
    public int CountOf(int exam) => ends[exam + 1] - ends[exam];

    /// <summary>A copy of the exams with these numbers, in this order.</summary>
    public ExamSlices Select(IReadOnlyList<int> exams) =>
        new(Features.Select([.. exams.SelectMany(exam => Enumerable.Range(First(exam), CountOf(exam)))]), [.. exams.Select(CountOf)]);

    /// <summary>The same exams with other features of the same slices.</summary>
    public ExamSlices With(FeatureMatrix features) => new(features, [.. Enumerable.Range(0, Count).Select(CountOf)]);
}
