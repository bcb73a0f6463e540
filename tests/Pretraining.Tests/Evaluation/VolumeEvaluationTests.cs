using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

/// <summary>An evaluation on slices: the samples' slabs, a network of one block.</summary>
public sealed class VolumeEvaluationTests
{
    [Fact]
    public void Slices_are_probed_drawn_and_described()
    {
        using var run = new TinyRun();
        var spec = Spec();
        using var state = run.WriteCheckpoint(spec);
        var options = run.Options("artifacts") with { Data = new DataLocation(DataFolder.Samples) };
        var view = Evaluator.Evaluate(spec, options, "w", CancellationToken.None);

        Assert.Equal((240, 80), (view.TrainImages, view.TestImages));
        Assert.Equal(view.Knn!.Random, view.Knn.Pretrained);
        Assert.InRange(view.Knn.Pixels, 0.5, 1);
        var folder = Path.Combine(run.Storage, "artifacts");
        Assert.True(new FileInfo(Path.Combine(folder, Evaluator.PictureName)).Length > 1000);
        var card = File.ReadAllText(Path.Combine(folder, Evaluator.CardName));
        Assert.Contains("- Samples: coronal slices of volumes", card, StringComparison.Ordinal);
        Assert.Contains("one person's brain: the figures support no claim", card, StringComparison.Ordinal);
    }

    private static RunSpec Spec()
    {
        var result = RunSpecParser.Parse(
            """
            method: gmml
            data: { volumes: brain-slabs, layout: mrnet, plane: coronal, labels: thalamus, holdOutSplit: valid }
            budget: { steps: 10 }
            batch: { size: 16, shards: 4 }
            backbone: { custom: { patch: 8, dim: 16, depth: 2, heads: 2 }, image: 16, channels: 1 }
            options: { augmentation: { normalization: { mean: 0.3, deviation: 0.15 } } }
            probes: [ { protocol: knn } ]
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
