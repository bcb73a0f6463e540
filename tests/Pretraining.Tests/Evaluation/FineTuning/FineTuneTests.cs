using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.FineTuning;

public sealed class FineTuneTests : IDisposable
{
    private const string Recipe =
        "batch: { size: 16, shards: 4 }, dropPath: 0, layerDecay: 0.9, optimizer: { baseLearningRate: 0.05, warmup: 0.1 }, augmentation: { cropScale: [0.8, 1], jitter: { probability: 0 }, blur: { probability: 0 } }";
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void A_whole_network_learns_its_classes_and_its_bits_do_not_depend_on_threads()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        var document = $"{{ protocols: [finetune], finetune: {{ budget: {{ steps: 120 }}, mixup: 0.2, cutmix: 0.2, {Recipe} }} }}";
        var one = Judge(spec, document, 1);
        Assert.Equal([JudgedFeatures.Random, JudgedFeatures.Pretrained], one.Figures.Select(f => f.Network));
        Assert.All(one.Figures, f => Assert.Equal(("all labels", "accuracy", 0), (f.Setting, f.Metric, f.Draws.Count)));
        // The checkpoint is the network as initialized, so both begin and end alike; three classes: chance is 0.33.
        Assert.Equal(one.Figures[0].Value, one.Figures[1].Value);
        Assert.InRange(one.Figures[0].Value, 0.6, 1);
        var three = Judge(spec, document, 3);
        Assert.Equal(one.Figures.Select(f => f.Value), three.Figures.Select(f => f.Value));
    }

    [Fact]
    public void Few_labels_are_drawn_as_for_frozen_features_and_trained_on_over_and_over()
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(
            spec,
            $"{{ protocols: [finetune], splits: 3, baselines: false, finetune: {{ budget: {{ steps: 40 }}, labels: [2, 5], fraction: 0.5, allLabels: false, mixup: 0, cutmix: 0, labelSmoothing: 0, {Recipe} }} }}"
        );
        Assert.Equal(["2 a class", "5 a class", "50 %"], found.Figures.Select(f => f.Setting));
        Assert.All(found.Figures, f => Assert.Equal(3, f.Draws.Count));
        Assert.All(found.Figures, f => Assert.Equal(JudgedFeatures.Pretrained, f.Network));
        Assert.True(found.Figures[2].Value > 0.6, $"half of the labels teach little: {found.Figures[2].Value}");
    }

    [Fact]
    public void The_mean_of_the_last_weights_is_judged_where_it_is_asked_for()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        string Document(double from) =>
            System.FormattableString.Invariant(
                $"{{ protocols: [finetune], baselines: false, finetune: {{ budget: {{ steps: 25 }}, averageFrom: {from}, {Recipe} }} }}"
            );
        var last = Judge(spec, Document(1)).Figures.Single().Value;
        // Its mean goes over the last step alone.
        Assert.Equal(last, Judge(spec, Document(0.97)).Figures.Single().Value);
        Assert.InRange(Judge(spec, Document(0.5)).Figures.Single().Value, 0.3, 1);
    }

    [Fact]
    public void Larger_views_get_interpolated_positions()
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(
            spec,
            $"{{ protocols: [finetune], baselines: false, finetune: {{ budget: {{ steps: 60 }}, image: 16, mixup: 0, cutmix: 0, {Recipe} }} }}"
        );
        Assert.InRange(found.Figures.Single().Value, 0.6, 1);
    }

    [Fact]
    public void Folds_are_held_out_one_after_another()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        var folder = Path.Combine(run.Data, "folds");
        TinyRun.WriteFolds(folder, folds: 3, each: 20);
        var found = Judge(spec, "{ protocols: [knn], folds: [a, b, c], neighbors: 5, data: { images: folds/table.csv } }");
        Assert.Equal(60, found.Test);
        Assert.Equal(["a", "b", "c"], found.Spec.Folds!);
        var pixels = found.Figures.Single(f => f.Network == JudgedFeatures.Pixels);
        Assert.Equal(3, pixels.Draws.Count);
        Assert.Equal(pixels.Draws.Average(), pixels.Value);
        Assert.InRange(pixels.Value, 0.8, 1);
        var missing = Assert.ThrowsAny<Exception>(() =>
            Judge(spec, "{ protocols: [knn], folds: [a, d], data: { images: folds/table.csv } }")
        );
        Assert.Contains("d", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ protocols: finetune, finetune: { labels: [50] } }", "need 50")]
    [InlineData("{ protocols: finetune, data: { images: images, holdOut: 10 } }", "finetune one or several")]
    public void What_the_data_cannot_give_is_told_before_anything_is_computed(string document, string problem)
    {
        // No checkpoint: nothing is read before the data is found to fit.
        var found = Assert.Throws<EvaluationException>(() => Judge(TinyRun.Spec(MethodName.Gmml), document));
        Assert.Contains(problem, found.Message, StringComparison.Ordinal);
    }

    private EvaluationResult Judge(RunSpec spec, string document, int threads = 1) =>
        run.Judge(spec, document, threads, cancellation: TestContext.Current.CancellationToken);
}
