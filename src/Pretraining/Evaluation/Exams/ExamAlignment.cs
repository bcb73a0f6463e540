using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Finds the same exams in every plane, by their names.</summary>
internal static class ExamAlignment
{
    /// <param name="sets">The data of each plane.</param>
    /// <exception cref="EvaluationException">An exam that one plane has and another lacks, or samples that are no slices.</exception>
    public static IReadOnlyList<ExamPlane> Of(IReadOnlyList<(SlicePlane Plane, IDataSet Data)> sets)
    {
        var split = sets.Select(set => Split(set.Data)).ToList();
        for (var other = 1; other < sets.Count; other++)
        {
            RequireSame(sets[0].Plane, split[0].Training, sets[other].Plane, split[other].Training, "to learn from");
            RequireSame(sets[0].Plane, split[0].Test, sets[other].Plane, split[other].Test, "to test on");
        }

        var (training, test) = (Chosen(split[0].Training), Chosen(split[0].Test));
        return [.. sets.Zip(split, (set, exams) => new ExamPlane(set.Plane, set.Data, In(exams.Training, training), In(exams.Test, test)))];
    }

    private static (List<Exam> Training, List<Exam> Test) Split(IDataSet data)
    {
        var exams = data.Exams ?? throw new EvaluationException("exams needs volumes, and the data's samples are no slices.");
        return (
            [.. exams.Where(exam => exam.First < data.PretrainingCount)],
            [.. exams.Where(exam => exam.First >= data.PretrainingCount)]
        );
    }

    private static void RequireSame(SlicePlane first, List<Exam> ofFirst, SlicePlane other, List<Exam> ofOther, string what)
    {
        Require(first, ofFirst, other, ofOther, what);
        Require(other, ofOther, first, ofFirst, what);
    }

    private static void Require(SlicePlane has, List<Exam> exams, SlicePlane lacks, List<Exam> among, string what)
    {
        var lacking = exams.Select(exam => exam.Name).Except(among.Select(exam => exam.Name), StringComparer.Ordinal).ToList();
        if (lacking.Count > 0)
        {
            throw new EvaluationException(
                $"Exam {lacking[0]} is among the {exams.Count} {what} in the {SpecWords.Word(has)} plane and not in the {SpecWords.Word(lacks)} plane{(lacking.Count > 1 ? $", and {lacking.Count - 1} more are so" : "")}: give each exam every plane of planes, or leave a plane out."
            );
        }
    }

    /// <summary>Of more than an evaluation takes, whole exams are left out.</summary>
    private static IEnumerable<string> Chosen(List<Exam> exams) => SampleSubset.Of(0, exams.Count).Select(i => exams[i].Name);

    private static IReadOnlyList<Exam> In(List<Exam> exams, IEnumerable<string> names)
    {
        var byName = exams.ToDictionary(exam => exam.Name, StringComparer.Ordinal);
        return [.. names.Select(name => byName[name])];
    }
}
