using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Evaluations;

public sealed class ExamKeysTests
{
    private const string Knees = "data: { volumes: knees, layout: mrnet, plane: sagittal, labels: acl, holdOutSplit: valid }";
    private static readonly RunSpec Run = Of(Knees);

    [Fact]
    public void Every_pooling_in_the_plane_of_the_data_is_judged_unless_the_document_says_otherwise()
    {
        var usual = Valid("protocols: exams");
        Assert.Equal([ExamPooling.Mean, ExamPooling.Max, ExamPooling.Attention], usual.Pooling);
        Assert.Equal([SlicePlane.Sagittal], usual.Planes);
        var own = Valid("{ protocols: exams, data: { volumes: other, layout: mrnet, labels: acl, holdOutSplit: valid } }");
        Assert.Equal([SlicePlane.Axial], own.Planes);
        var asked = Valid("{ protocols: [knn, exams], pooling: attention, planes: [coronal, axial] }");
        Assert.Equal([ExamPooling.Attention], asked.Pooling);
        Assert.Equal([SlicePlane.Coronal, SlicePlane.Axial], asked.Planes);
        foreach (var spec in new[] { usual, own, asked })
        {
            Assert.Equal(spec.Hash(), Valid(spec.Json()).Hash());
        }
    }

    [Fact]
    public void Other_evaluations_keep_their_hash()
    {
        var spec = Valid("protocols: knn");
        Assert.Null(spec.Pooling);
        Assert.Null(spec.Planes);
        Assert.DoesNotContain("planes", spec.Json(), StringComparison.Ordinal);
        Assert.DoesNotContain("pooling", spec.Json(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ protocols: exams, pooling: [mean, median] }", "pooling", "must be one of mean, max, attention")]
    [InlineData("{ protocols: exams, pooling: [mean, mean] }", "pooling", "each once")]
    [InlineData("{ protocols: exams, pooling: [] }", "pooling", "must be a word or a list of words")]
    [InlineData("{ protocols: exams, planes: [axial, oblique] }", "planes", "must be one of axial, coronal, sagittal")]
    [InlineData("{ protocols: knn, planes: axial }", "planes", "add it to protocols")]
    [InlineData("{ protocols: knn, pooling: mean }", "pooling", "add it to protocols")]
    [InlineData(
        "{ protocols: exams, data: { volumes: knees, layout: mrnet, holdOutSplit: valid } }",
        "protocols",
        "exams needs a label an exam and the data has none: give data.labels"
    )]
    [InlineData("{ protocols: exams, data: { volumes: knees, labels: acl.csv } }", "data", "holds nothing out")]
    public void What_does_not_fit_is_told_by_its_key(string document, string path, string problem)
    {
        var error = Assert.Single(EvaluationSpecParser.Parse(document, Run).Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_are_no_exams()
    {
        var error = Assert.Single(
            EvaluationSpecParser.Parse("protocols: exams", Of("data: { images: photos, labels: folders, holdOut: 9 }")).Errors
        );
        Assert.Equal("protocols", error.Path);
        Assert.Contains("exams needs volumes and the data is images", error.Problem, StringComparison.Ordinal);
    }

    private static RunSpec Of(string data)
    {
        var read = RunSpecParser.Parse($"method: gmml\n{data}\n");
        Assert.Empty(read.Errors);
        return read.Spec!;
    }

    private static EvaluationSpec Valid(string document)
    {
        var read = EvaluationSpecParser.Parse(document, Run);
        Assert.Empty(read.Errors);
        return read.Spec!;
    }
}
