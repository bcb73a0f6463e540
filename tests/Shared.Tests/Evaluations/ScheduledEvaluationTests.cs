using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Evaluations;

public sealed class ScheduledEvaluationTests
{
    private const string Run =
        "method: gmml\ndata: { images: photos, labels: folders, holdOut: 100 }\nbackbone: { preset: vit-small, image: 224 }\n";

    [Fact]
    public void A_spec_with_evaluations_is_read_back_to_the_same_text()
    {
        var spec = Parse(
            Run
                + "budget: { epochs: 10 }\nevaluations: [ { everyEpochs: 2, evaluation: { protocols: [finetune, knn] } }, { evaluation: { protocols: knn } } ]"
        );
        Assert.Empty(spec.Errors);
        Assert.Equal((2, null), (spec.Spec!.Evaluations![0].EveryEpochs, spec.Spec.Evaluations[1].EverySteps));
        var text = RunSpecJson.Write(spec.Spec);
        Assert.Equal(text, RunSpecJson.Write(Parse(text).Spec!));
    }

    [Fact]
    public void Specs_without_keep_their_hash() =>
        Assert.DoesNotContain("evaluations", RunSpecJson.Write(Parse(Run).Spec!), StringComparison.Ordinal);

    [Theory]
    [InlineData("evaluations: [ { everySteps: 5 } ]", "evaluations[0].evaluation", "is missing")]
    [InlineData(
        "evaluations: [ { everySteps: 5, everyEpochs: 1, evaluation: { protocols: knn } } ]",
        "evaluations[0].everyEpochs",
        "no everySteps"
    )]
    [InlineData(
        "budget: { steps: 9 }\nevaluations: [ { everyEpochs: 1, evaluation: { protocols: knn } } ]",
        "evaluations[0].everyEpochs",
        "budget in epochs"
    )]
    [InlineData("evaluations: [ { evaluation: { protocols: segmentation } } ]", "evaluations[0].evaluation.protocols", "masks")]
    [InlineData("evaluations: [ { evaluation: { protocol: knn } } ]", "evaluations[0].evaluation.protocol", "unknown key")]
    public void What_does_not_fit_is_named(string section, string path, string problem) =>
        Assert.Contains(Parse(Run + section).Errors, e => e.Path == path && e.Problem.Contains(problem, StringComparison.Ordinal));

    private static SpecResult Parse(string document) => RunSpecParser.Parse(document);
}
