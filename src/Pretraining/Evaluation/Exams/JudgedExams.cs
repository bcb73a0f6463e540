using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Which exams an evaluation learns from and which it tests on, in each plane, with a yes or no each. Whole exams are chosen, never some of their slices.</summary>
public sealed class JudgedExams : IDisposable
{
    private readonly List<IDataSet> opened = [];

    private JudgedExams() { }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<ExamPlane> Planes { get; private set; } = [];

    /// <summary>Whether each training exam is of class 1.</summary>
    public bool[] TrainingLabels { get; private set; } = [];

    /// <summary>Whether each test exam is of class 1.</summary>
    public bool[] TestLabels { get; private set; } = [];

    /// <summary>Which training exams fine-tuning learns from; none where it is not asked for.</summary>
    internal IReadOnlyList<ExamLabelDraws> LabelDraws { get; private set; } = [];

    /// <summary>Slices to learn from and to test on, of all planes.</summary>
    public (int Training, int Test) Slices =>
        (Planes.Sum(plane => plane.Training.Sum(exam => exam.Count)), Planes.Sum(plane => plane.Test.Sum(exam => exam.Count)));

    public ExamCounts Counts => new(TrainingLabels.Length, TestLabels.Length);

    /// <summary>Opens the planes and checks their exams; every problem is found before anything is computed.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="data">Opened, of its own plane; the caller's.</param>
    /// <param name="location">Where other planes are found.</param>
    /// <returns>Null where exams are not asked for.</returns>
    /// <exception cref="EvaluationException">Lists what is wrong.</exception>
    /// <exception cref="DataException">The data has no such plane.</exception>
    public static JudgedExams? Open(RunSpec spec, EvaluationSpec evaluation, IDataSet data, DataLocation location)
    {
        if (evaluation.Planes is not { } planes)
        {
            return null;
        }

        var source = evaluation.Data ?? spec.Data;
        var exams = Open(
            planes,
            plane =>
                plane == source.Plane ? (data, false) : (DataSets.Open(location, spec with { Data = source with { Plane = plane } }), true)
        );
        try
        {
            exams.LabelDraws = evaluation.Finetune is { OfExams: true } ? ExamLabelDraws.Of(evaluation, exams) : [];
            return exams;
        }
        catch
        {
            exams.Dispose();
            throw;
        }
    }

    /// <param name="planes">One or more.</param>
    /// <param name="open">The data of a plane, and whether it is to be disposed.</param>
    internal static JudgedExams Open(IReadOnlyList<SlicePlane> planes, Func<SlicePlane, (IDataSet Data, bool Owned)> open)
    {
        var exams = new JudgedExams();
        try
        {
            var sets = new List<(SlicePlane Plane, IDataSet Data)>();
            foreach (var plane in planes)
            {
                var (data, owned) = open(plane);
                exams.opened.AddRange(owned ? [data] : []);
                sets.Add((plane, data));
            }

            exams.Planes = ExamAlignment.Of(sets);
            exams.TakeLabels();
            return exams;
        }
        catch
        {
            exams.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var data in opened)
        {
            data.Dispose();
        }
    }

    private void TakeLabels()
    {
        var plane = Planes[0];
        var labels =
            plane.Data.Labels
            ?? throw new EvaluationException(
                plane.Data.HasLabelSets
                    ? "exams needs one label an exam and these have several: give data.labels with one, 0 or 1."
                    : "exams needs one label an exam and the data has none: set data.labels, with MRNet's layout to a task."
            );
        if (labels.Max() > 1)
        {
            throw new EvaluationException(
                $"exams tells two classes apart, 0 from 1, and the labels are of {labels.Max() + 1}: {string.Join(", ", Enumerable.Range(0, Math.Min(labels.Max() + 1, 10)).Select(k => Name(plane.Data, k)))}."
            );
        }

        var problems = new List<string>();
        TrainingLabels = [.. plane.Training.Select(exam => LabelOf(exam, labels, problems))];
        TestLabels = [.. plane.Test.Select(exam => LabelOf(exam, labels, problems))];
        CheckClasses(plane.Data, problems);
        if (problems.Count > 0)
        {
            throw new EvaluationException(string.Join(" ", problems));
        }
    }

    private void CheckClasses(IDataSet data, List<string> problems)
    {
        // Out-of-fold scores need a model of both classes that did not see the exam.
        var least = Planes.Count > 1 ? 2 : 1;
        for (var k = 0; k < 2; k++)
        {
            var (training, test) = (TrainingLabels.Count(label => label == (k == 1)), TestLabels.Count(label => label == (k == 1)));
            if (training < least)
            {
                problems.Add(
                    $"Class {Name(data, k)} has {training} of the {TrainingLabels.Length} exams to learn from: {(least == 1 ? "one or more are needed" : "fusing planes needs two or more")}."
                );
            }

            if (test == 0)
            {
                problems.Add(
                    $"Class {Name(data, k)} has none of the {TestLabels.Length} test exams: without both classes there is no AUC."
                );
            }
        }
    }

    private static bool LabelOf(Exam exam, IReadOnlyList<int> labels, List<string> problems)
    {
        var label = labels[exam.First];
        if (Enumerable.Range(exam.First, exam.Count).Any(slice => labels[slice] != label))
        {
            problems.Add(
                $"Exam {exam.Name} has volumes of both classes: a group is one exam here and has one label; label its volumes alike, or leave the group out."
            );
        }

        return label == 1;
    }

    private static string Name(IDataSet data, int k) => data.ClassNames is { } names && k < names.Count ? names[k] : $"{k}";
}
