using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.FineTuning;

/// <summary>Exams learned as exams, from pixels to a yes or no.</summary>
public sealed class ExamFineTuneTests : IDisposable
{
    private const string Data = "data: { volumes: knees, layout: mrnet, labels: torn, holdOutSplit: valid }";
    private const string Recipe =
        "preset: exams, slices: 6, batch: { size: 8, shards: 4 }, dropPath: 0, layerDecay: 0.9, optimizer: { baseLearningRate: 0.1, warmup: 0.1 }, augmentation: { cropScale: [0.9, 1], jitter: { probability: 0 }, blur: { probability: 0 } }";
    private readonly TinyRun run = new();

    public ExamFineTuneTests() => MarkedExams.Write(Path.Combine(run.Data, "knees"), "torn");

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData("mean")]
    [InlineData("max")]
    [InlineData("attention")]
    public void A_mark_in_one_slice_of_an_exam_is_learned_by_every_pooling_and_threads_do_not_show(string pooling)
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var document =
            $"{{ protocols: finetune, pooling: {pooling}, planes: coronal, {Data}, finetune: {{ budget: {{ steps: 60 }}, {Recipe} }} }}";
        var one = Judge(spec, document, 1);
        Assert.Equal(new ExamCounts(48, 16), one.Exams);
        Assert.All(one.Figures, f => Assert.Equal((EvaluationProtocol.Finetune, $"coronal {pooling}"), (f.Protocol, f.Setting)));
        Assert.All(one.Figures, f => Assert.InRange(f.Value, f.Low!.Value, f.High!.Value));
        var auc = one.Figures.Where(f => f.Metric == "AUC").ToList();
        Assert.Equal([JudgedFeatures.Random, JudgedFeatures.Pretrained], auc.Select(f => f.Network));
        // The checkpoint is the network as initialized, so both begin and end alike.
        Assert.Equal(auc[0].Value, auc[1].Value);
        Assert.InRange(auc[0].Value, 0.9, 1);
        var three = Judge(spec, document, 3);
        Assert.Equal(one.Figures.Select(f => (f.Value, f.Low, f.High)), three.Figures.Select(f => (f.Value, f.Low, f.High)));
    }

    [Fact]
    public void Planes_are_fused_and_each_stays_what_it_is_by_itself()
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        string Document(string planes) =>
            $"{{ protocols: finetune, pooling: mean, planes: {planes}, baselines: false, {Data}, finetune: {{ budget: {{ steps: 30 }}, {Recipe} }} }}";
        var both = Judge(spec, Document("[axial, coronal]"));
        Assert.Equal(["axial mean", "coronal mean", "fused mean"], both.Figures.Select(f => f.Setting).Distinct());
        Assert.Equal(
            Judge(spec, Document("coronal")).Figures.Select(f => f.Value),
            both.Figures.Where(f => f.Setting == "coronal mean").Select(f => f.Value)
        );
        // Nothing marks an axial slice: fusing has to find out which plane is to be trusted.
        Assert.InRange(both.Figures.Single(f => f is { Setting: "fused mean", Metric: "AUC" }).Value, 0.9, 1);
    }

    [Fact]
    public void Few_labels_are_drawn_and_stand_beside_frozen_features()
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(
            spec,
            $"{{ protocols: [exams, finetune], pooling: max, planes: coronal, splits: 3, baselines: false, {Data}, finetune: {{ budget: {{ steps: 10 }}, labels: [2, 5], fraction: 0.5, {Recipe} }} }}"
        );
        Assert.Equal(
            ["coronal max", "coronal max", "coronal max, 2 a class", "coronal max, 5 a class", "coronal max, 50 %"],
            found.Figures.Where(f => f.Metric == "AUC").Select(f => f.Setting)
        );
        Assert.Equal([EvaluationProtocol.Exams, EvaluationProtocol.Finetune], found.Figures.Select(f => f.Protocol).Distinct());
        Assert.All(found.Figures, f => Assert.Equal(f.Setting.Contains(',', StringComparison.Ordinal) ? 3 : 0, f.Draws.Count));
        Assert.All(found.Figures, f => Assert.Equal(f.Draws.Count == 0, f.Low is not null));
    }

    [Fact]
    public async Task Trainings_are_shared_by_workers_and_who_trained_does_not_show()
    {
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var document =
            $"{{ protocols: finetune, pooling: [mean, max], planes: [axial, coronal], {Data}, finetune: {{ budget: {{ steps: 4 }}, {Recipe} }} }}";
        var alone = Judge(spec, document);
        var pieces = Path.Combine(run.Storage, "runs", "r-1", "evaluations", "10-x.bits");
        var together = await run.JudgeTogether(spec, document, pieces, ("a", 1), ("b", 1));
        Assert.All(together, result => Assert.Equal(Figures(alone), Figures(result)));
        Assert.Contains(together, result => result.Helpers.Count > 0);
    }

    [Fact]
    public void Exams_of_each_fold_are_held_out_and_what_the_last_one_lacks_is_told_first()
    {
        var spec = Spec();
        string Document(int labels) =>
            $"{{ protocols: finetune, pooling: max, planes: coronal, folds: [valid, train], splits: 3, baselines: false, data: {{ volumes: knees, layout: mrnet, labels: torn }}, finetune: {{ budget: {{ steps: 2 }}, allLabels: false, labels: [{labels}], {Recipe} }} }}";
        // No checkpoint: nothing is read before the data is found to fit.
        var problem = Assert.Throws<EvaluationException>(() => Judge(spec, Document(9)));
        Assert.StartsWith("fold train: finetune.labels 9: a class has 8 of the 16 exams", problem.Message, StringComparison.Ordinal);
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(spec, Document(8));
        Assert.Equal(new ExamCounts(48, 64), found.Exams);
        Assert.All(found.Figures, f => Assert.Equal(("coronal max, 8 a class", 2), (f.Setting, f.Draws.Count)));
    }

    [Theory]
    [InlineData("pooling: mean, finetune: { preset: exams, labels: [25] }", "finetune.labels 25: a class has 24 of the 48 exams")]
    [InlineData(
        "planes: [axial, coronal], finetune: { preset: exams, labels: [30], fraction: 0.03 }",
        "or fewer. finetune.fraction 0.03 leaves 1 exam of a class"
    )]
    [InlineData("planes: sagittal, finetune: { preset: exams }", "sagittal")]
    public void What_the_exams_cannot_give_is_told_before_anything_is_computed(string asked, string problem)
    {
        // No checkpoint: nothing is read before the data is found to fit.
        var found = Assert.ThrowsAny<Exception>(() => Judge(Spec(), $"{{ protocols: finetune, {Data}, {asked} }}"));
        Assert.Contains(problem, found.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Figures(EvaluationResult result) => result.Figures.Select(f => f.ToString());

    private EvaluationResult Judge(RunSpec spec, string document, int threads = 1) => run.Judge(spec, document, threads);

    private static RunSpec Spec()
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: gmml
            data: { volumes: knees, layout: mrnet, labels: torn, plane: axial, holdOutSplit: valid }
            budget: { steps: 10 }
            batch: { size: 16, shards: 4 }
            backbone: { custom: { patch: 4, dim: 16, depth: 2, heads: 2 }, image: 8, channels: 1 }
            options: { augmentation: { normalization: { mean: 0.15, deviation: 0.2 } } }
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
