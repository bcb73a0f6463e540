using Orchestrator.Cli.Studies.Plans;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Studies;

public sealed class LabelEfficientGridTests
{
    private static readonly string[] Cells =
    [
        "contrastive",
        "clustering-none",
        "clustering-centering",
        "clustering-me-max",
        "clustering-sinkhorn",
        "mim",
        "mim-clustering-none",
        "mim-clustering-centering",
        "mim-clustering-me-max",
        "mim-clustering-sinkhorn",
    ];

    [Fact]
    public void Sample_gives_ten_valid_cells_on_three_seeds()
    {
        var plan = StudyPlan.LabelEfficient(Sample.Settings());
        Assert.Equal(Cells, plan.Cells);
        Assert.Equal([0ul, 1, 2], plan.Seeds);
        Assert.Equal(30, plan.Runs.Select(r => r.Hash).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("contrastive-seed0", plan.Runs[0].Spec.Name);
        Assert.Equal("mim-clustering-sinkhorn-seed2", plan.Runs[^1].Spec.Name);
        // Each document gives its spec again: what is submitted is what was checked.
        Assert.All(plan.Runs, r => Assert.Equal(r.Hash, RunSpecJson.Hash(RunSpecParser.Parse(r.Document).Spec!)));
    }

    [Fact]
    public void Cells_differ_in_nothing_but_their_method()
    {
        var plan = StudyPlan.LabelEfficient(Sample.Settings(seeds: 1));
        var sample = plan.Spec;
        Assert.All(
            plan.Runs.Select(r => r.Spec),
            spec =>
            {
                Assert.Equal(2, spec.Options.Views);
                Assert.Empty(spec.Probes);
                Assert.Equal(RunSpecJson.Hash(sample), RunSpecJson.Hash(With(spec, sample)));
                Assert.Equal(sample.Budget, spec.Budget);
                Assert.Equal(sample.Backbone with { Image = spec.Backbone.Image }, spec.Backbone);
                Assert.Equal(sample.Optimizer, spec.Optimizer);
                Assert.Equal(sample.Options.Momentum!.Teacher, spec.Options.Momentum?.Teacher ?? sample.Options.Momentum.Teacher);
                Assert.Equal(spec.Method == MethodName.Contrastive, spec.Options.Contrastive is not null);
            }
        );
        var contrastive = plan.Runs[0].Spec.Options.Contrastive!;
        Assert.Equal((0.2, 128, 64), (contrastive.Temperature, contrastive.Hidden, contrastive.Dim));
        // Drop-path of mim is 0.1 by default, that of the others 0.
        Assert.Equal(0, plan.Runs.Single(r => r.Cell == "mim").Spec.Backbone.DropPath);
        Assert.Equal(AvoidCollapse.MeMax, plan.Runs.Single(r => r.Cell == "clustering-me-max").Spec.Options.AvoidCollapse);
    }

    [Fact]
    public void Defaults_that_depend_on_the_method_are_those_of_the_spec()
    {
        using var file = new TemporaryFile("method: mim-clustering\ndata: { images: a.csv, holdOut: 9 }\n");
        var plan = StudyPlan.LabelEfficient(Sample.Settings(file.Path, seeds: 1));
        Assert.Equal(10, plan.Runs.Count);
        Assert.All(plan.Runs, r => Assert.Equal((100, 0.0), (r.Spec.Budget.Epochs!.Value, r.Spec.Backbone.DropPath)));
        Assert.All(plan.Runs, r => Assert.Equal(new Interval(0.996, 1), r.Spec.Options.Momentum?.Teacher ?? new Interval(0.996, 1)));
        Assert.All(plan.Runs, r => Assert.Equal(ScheduleKind.ByStep, r.Spec.Optimizer.Schedule));
    }

    [Fact]
    public void Weight_of_the_entropy_goes_to_the_cells_that_have_it()
    {
        var text = File.ReadAllText(Sample.MimClustering)
            .Replace("avoidCollapse: sinkhorn", "avoidCollapse: me-max", StringComparison.Ordinal)
            .Replace("weights: { reconstruction: 1, clustering: 1 }", "weights: { clustering: 0.5, entropy: 4 }", StringComparison.Ordinal);
        using var file = new TemporaryFile(text);
        var plan = StudyPlan.LabelEfficient(Sample.Settings(file.Path, seeds: 1));
        Assert.Equal(new LossWeights(null, 0.5, null, 4), plan.Runs.Single(r => r.Cell == "clustering-me-max").Spec.Options.Weights);
        Assert.Equal(new LossWeights(1, 0.5, null, null), plan.Runs.Single(r => r.Cell == "mim-clustering-none").Spec.Options.Weights);
    }

    [Fact]
    public void Quick_is_a_third_of_the_steps_and_one_seed()
    {
        var plan = StudyPlan.LabelEfficient(Sample.Settings(budget: "quick"));
        Assert.Equal(10, plan.Runs.Count);
        Assert.All(plan.Runs, r => Assert.Equal(new BudgetSpec(null, 834), r.Spec.Budget));
    }

    [Fact]
    public void Hashes_are_the_same_each_time()
    {
        var (one, other) = (StudyPlan.LabelEfficient(Sample.Settings()), StudyPlan.LabelEfficient(Sample.Settings(seeds: 1)));
        Assert.Equal(one.Identity, other.Identity);
        Assert.Equal(one.Runs.Take(10).Select(r => r.Hash), other.Runs.Select(r => r.Hash));
        Assert.Equal($"study-{one.Runs[0].Hash}-2", one.Runs[0].IdempotencyKey(2));
        Assert.NotEqual(one.Identity, StudyPlan.LabelEfficient(Sample.Settings(budget: "quick")).Identity);
    }

    [Fact]
    public void Networks_before_training_are_the_same_but_for_their_features()
    {
        var plan = StudyPlan.LabelEfficient(Sample.Settings(seeds: 1));
        var kinds = plan.Runs.GroupBy(r => r.Baseline).ToList();
        Assert.Equal([9, 1], kinds.Select(k => k.Count()));
        Assert.Equal("mim", Assert.Single(kinds[1]).Cell);
    }

    [Fact]
    public void A_cell_that_cannot_be_is_refused_before_anything_is_sent()
    {
        var text = File.ReadAllText(Sample.MimClustering)
            .Replace("options:\n", "options:\n  localViews: { count: 2, image: 14 }\n", StringComparison.Ordinal);
        using var file = new TemporaryFile(text);
        var refused = Assert.Throws<CliException>(() => StudyPlan.LabelEfficient(Sample.Settings(file.Path)));
        Assert.Contains("contrastive: options.localViews", Assert.Single(refused.Why), StringComparison.Ordinal);
    }

    /// <summary>A cell's spec with what may differ put back.</summary>
    private static RunSpec With(RunSpec spec, RunSpec sample) =>
        spec with
        {
            Method = sample.Method,
            Name = sample.Name,
            Probes = sample.Probes,
            Options = sample.Options with { Augmentation = spec.Options.Augmentation, Views = spec.Options.Views },
        };
}
