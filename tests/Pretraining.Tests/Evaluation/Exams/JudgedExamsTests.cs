using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class JudgedExamsTests
{
    [Fact]
    public void Planes_have_the_same_exams_in_the_same_order_whatever_theirs_is()
    {
        var axial = new ListedExams(Named("a b c d", 2), Named("x y", 3), Alternate);
        var coronal = new ListedExams(Named("d b a c", 4), Named("y x", 1), Alternate);
        using (var exams = Open(axial, coronal))
        {
            Assert.Equal(["a", "b", "c", "d"], exams.Planes[1].Training.Select(e => e.Name));
            Assert.Equal([8, 4, 12, 0], exams.Planes[1].Training.Select(e => e.First));
            Assert.Equal([17, 16], exams.Planes[1].Test.Select(e => e.First));
            Assert.Equal([8, 9, 10, 11, 4, 5, 6, 7], ExamPlane.Slices(exams.Planes[1].Training)[..8]);
            Assert.Equal([false, true, false, true], exams.TrainingLabels);
            Assert.Equal([false, true], exams.TestLabels);
            Assert.Equal((4, 2), (exams.Counts.Training, exams.Counts.Test));
            Assert.Equal((8 + 16, 6 + 2), exams.Slices);
            Assert.Equal(0, coronal.Disposed);
        }

        // The first is the caller's.
        Assert.Equal((0, 1), (axial.Disposed, coronal.Disposed));
    }

    [Fact]
    public void Of_too_many_exams_whole_ones_are_left_out()
    {
        var names = string.Join(' ', Enumerable.Range(0, 10_050).Select(i => $"{(char)('a' + (i % 2))}{i}"));
        using var exams = Open(new ListedExams(Named(names, 3), Named("x y", 1), Alternate));
        Assert.Equal(10_000, exams.Counts.Training);
        var slices = ExamPlane.Slices(exams.Planes[0].Training);
        Assert.Equal(30_000, slices.Length);
        Assert.All(slices.GroupBy(slice => slice / 3), exam => Assert.Equal(3, exam.Count()));
    }

    [Theory]
    [InlineData("a b c d", "x y", "d b a c", "y", "Exam x is among the 2 to test on in the axial plane and not in the coronal plane")]
    [InlineData(
        "a b c d",
        "x y",
        "d b a c z q",
        "x y",
        "Exam z is among the 6 to learn from in the coronal plane and not in the axial plane, and 1 more"
    )]
    [InlineData("a b c d", "x y", "a b c", "d x y", "Exam d is among the 4 to learn from in the axial plane")]
    public void An_exam_that_one_plane_lacks_is_named(string training, string test, string otherTraining, string otherTest, string problem)
    {
        var other = new ListedExams(Named(otherTraining, 1), Named(otherTest, 1), Alternate);
        Assert.Contains(problem, Refused(new ListedExams(Named(training, 2), Named(test, 2), Alternate), other), StringComparison.Ordinal);
        Assert.Equal(1, other.Disposed);
    }

    [Theory]
    [InlineData("a b c", "x y", 0, "exams tells two classes apart, 0 from 1, and the labels are of 3: 0, 1, 2")]
    [InlineData("a c", "x y", 1, "Class 1 has 0 of the 2 exams to learn from: one or more are needed")]
    [InlineData("a b", "y", 1, "Class 0 has none of the 1 test exams: without both classes there is no AUC")]
    [InlineData("a b", "x y", 2, "Exam b has volumes of both classes")]
    [InlineData("a b", "x y", 3, "set data.labels")]
    public void What_the_labels_cannot_give_is_told(string training, string test, int kind, string problem)
    {
        Func<string, int, int>? labels = kind switch
        {
            0 => (name, _) => name[0] - 'a' < 3 ? name[0] - 'a' : 0,
            1 => Alternate,
            2 => (name, slice) => name == "b" ? slice % 2 : Alternate(name, slice),
            _ => null,
        };
        Assert.Contains(problem, Refused(new ListedExams(Named(training, 2), Named(test, 2), labels)), StringComparison.Ordinal);
    }

    [Fact]
    public void Fusing_needs_two_exams_of_a_class()
    {
        ListedExams Plane() => new(Named("a b c", 2), Named("x y", 2), Alternate);
        using (Open(Plane())) { }

        Assert.Contains(
            "Class 1 has 1 of the 3 exams to learn from: fusing planes needs two or more",
            Refused(Plane(), Plane()),
            StringComparison.Ordinal
        );
    }

    private static string Refused(params ListedExams[] planes) => Assert.Throws<EvaluationException>(() => Open(planes)).Message;

    /// <summary>The first is the caller's.</summary>
    internal static JudgedExams Open(params IDataSet[] planes) =>
        JudgedExams.Open(Enum.GetValues<SlicePlane>()[..planes.Length], plane => (planes[(int)plane], plane != SlicePlane.Axial));

    private static List<(string, int)> Named(string names, int slices) => [.. names.Split(' ').Select(name => (name, slices))];

    /// <summary>a and x are of class 0, b and y of class 1, …</summary>
    private static int Alternate(string name, int slice) => (name[0] - 'a' + (name[0] == 'x' || name[0] == 'y' ? 1 : 0)) % 2;
}
