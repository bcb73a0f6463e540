using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class AblationGridTests
{
    [Fact]
    public void Every_combination_is_a_cell()
    {
        var plan = StudyPlan.Ablation(
            Sample.Settings(Sample.Gmml, seeds: 2),
            ["options.corruption.area=[0.1, 0.3],[0.4,0.6]", "optimizer.baseLearningRate=6e-3,0.012"]
        );
        Assert.Equal(
            [
                "area=[0.1,0.3] baseLearningRate=6e-3",
                "area=[0.1,0.3] baseLearningRate=0.012",
                "area=[0.4,0.6] baseLearningRate=6e-3",
                "area=[0.4,0.6] baseLearningRate=0.012",
            ],
            plan.Cells
        );
        Assert.Equal(8, plan.Runs.Count);
        Assert.Equal(new Interval(0.1, 0.3), plan.Runs[1].Spec.Options.Corruption!.Area);
        Assert.Equal(0.012, plan.Runs[1].Spec.Optimizer.BaseLearningRate);
        Assert.Equal((0ul, 1ul), (plan.Runs[0].Spec.Seed, plan.Runs[4].Spec.Seed));
    }

    [Fact]
    public void What_depends_on_a_value_by_default_follows()
    {
        using var file = new TemporaryFile("method: contrastive\ndata: { images: a.csv, holdOut: 9 }\n");
        var plan = StudyPlan.Ablation(Sample.Settings(file.Path, seeds: 1), ["optimizer.schedule=by-step,moco-v3"]);
        Assert.Equal([1e-6, 0], plan.Runs.Select(r => r.Spec.Optimizer.MinLearningRate));
    }

    [Fact]
    public void Paths_that_end_alike_are_told_apart_and_long_names_are_numbered()
    {
        var plan = StudyPlan.Ablation(
            Sample.Settings(Sample.Gmml, seeds: 1),
            ["options.corruption.replace.area=0.1,0.2", "options.corruption.area=[0.123456789,0.6],[0.4,0.61234567]"]
        );
        Assert.Equal("options.corruption.replace.area=0.1 options.corruption.area=[0.123456789,0.6]", plan.Cells[0]);
        var longest = StudyPlan.Ablation(
            Sample.Settings(Sample.Gmml, seeds: 1),
            [
                "options.augmentation.normalization={mean: 0.28600000000000000000000000000000, deviation: 0.35300000000000000000000000000000},{mean: 0.5, deviation: 0.2}",
            ]
        );
        Assert.Equal("cell1-seed0", longest.Runs[0].Spec.Name);
    }

    [Theory]
    [InlineData("--vary optimizer: must be PATH=V1,V2", "optimizer")]
    [InlineData("--vary =1,2: must be PATH=V1,V2", "=1,2")]
    [InlineData("--vary seed: is the study's own", "seed=1,2")]
    [InlineData("a value stands twice", "budget.steps=1,1")]
    [InlineData("one cell is nothing to compare", "budget.steps=1")]
    [InlineData("is not YAML", "budget.steps=[1,2")]
    [InlineData("is no list of values", "budget.steps=")]
    [InlineData("stands twice", "budget.steps=1,2", "budget.steps=3,4")]
    public void Bad_variations_are_refused(string says, params string[] variations)
    {
        var refused = Assert.Throws<CliException>(() => StudyPlan.Ablation(Sample.Settings(Sample.Gmml), variations));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
    }

    [Theory]
    [InlineData("warmUp=0: optimizer.warmUp: 0 – unknown key; did you mean warmup?", "optimizer.warmUp=0,0.1")]
    [InlineData("size=63: batch.shards: 4 – must divide batch.size", "batch.size=63,64")]
    public void An_unknown_path_or_a_bad_value_is_told_as_the_parser_tells_it(string says, string variation)
    {
        var refused = Assert.Throws<CliException>(() => StudyPlan.Ablation(Sample.Settings(Sample.Gmml), [variation]));
        Assert.Contains(says, refused.Why[0], StringComparison.Ordinal);
    }
}
