using Orchestrator.Cli.Studies;
using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Shared.Evaluations;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class StudyEvaluationTests
{
    [Fact]
    public void The_usual_one_is_the_samples_protocol()
    {
        var plan = StudyPlan.LabelEfficient(Sample.Settings(seeds: 1));
        var usual = Assert.Single(plan.Evaluations);
        var spec = EvaluationSpecParser.Parse(usual.With(baselines: false), plan.Spec).Spec!;
        Assert.Equal([EvaluationProtocol.Knn, EvaluationProtocol.Linear, EvaluationProtocol.LowShot], spec.Protocols);
        Assert.Equal((SampleView.Unaligned, false), (spec.View, spec.Baselines));
        Assert.Equal([20], spec.Neighbors);
        Assert.True(EvaluationSpecParser.Parse(usual.With(baselines: true), plan.Spec).Spec!.Baselines);
    }

    [Fact]
    public void Files_stand_in_its_place_and_may_refuse_baselines()
    {
        using var file = new TemporaryFile("protocols: [knn]\nbaselines: false\n");
        var read = StudyEvaluation.Read([file.Path, "default"]);
        Assert.Equal([Path.GetFileNameWithoutExtension(file.Path), "default"], read.Select(e => e.Name));
        Assert.Contains("\"baselines\":false", read[0].With(baselines: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("protocols: [knn]\nviews: aligned\n", "mim: evaluation", "views")]
    [InlineData("protocols: [knn]\nnetwork: teacher\n", "mim: evaluation", "mim has no teacher")]
    [InlineData("protocols: [knn]\ndata: { images: other, holdOut: 9 }\n", "contrastive: evaluation", "data.labels: is missing")]
    public void What_does_not_fit_a_cell_is_refused_before_anything_is_sent(string document, string cell, string says)
    {
        using var file = new TemporaryFile(document);
        var settings = new StudySettings { Spec = Sample.MimClustering, Evaluations = [file.Path] };
        var refused = Assert.Throws<CliException>(() => StudyPlan.LabelEfficient(settings));
        Assert.Contains(refused.Why, why => why.StartsWith(cell, StringComparison.Ordinal) && why.Contains(says, StringComparison.Ordinal));
    }
}
