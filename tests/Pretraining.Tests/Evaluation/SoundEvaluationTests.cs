using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Tests.Data;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class SoundEvaluationTests : IDisposable
{
    private readonly string storage = Directory.CreateTempSubdirectory("evaluation-").FullName;

    public void Dispose() => Directory.Delete(storage, recursive: true);

    [Fact]
    public void Encoder_of_sounds_is_judged_and_gets_its_papers()
    {
        var spec = Spec();
        using (var state = InitialState.Create(spec, MethodCatalog.Create(spec)))
        {
            state.SetStep(10, 1);
            CheckpointFolder.Write(storage, "checkpoint", state, spec, "r-1", 1);
        }

        var options = new EvaluationOptions(new DataLocation(DataFolder.Samples), storage, "checkpoint", "artifacts", "r-1", 2);
        var view = Evaluator.Evaluate(spec, options, "w", TestContext.Current.CancellationToken);
        Assert.Equal((360, 100), (view.TrainImages, view.TestImages));
        // The checkpoint is the initial state.
        Assert.Equal(view.Knn!.Random, view.Knn.Pretrained);
        // Five voices: chance is 0.2.
        Assert.InRange(view.Knn.Random, 0.3, 1);
        Assert.InRange(view.Knn.Pixels, 0.3, 1);

        var card = File.ReadAllText(Path.Combine(storage, "artifacts", Evaluator.CardName));
        Assert.Contains("spectrograms of 32 frames × 16 mel bands", card, StringComparison.Ordinal);
        Assert.Contains("0.34 s of sound at 8000 Hz", card, StringComparison.Ordinal);
        Assert.Contains("num_mel_bins=16", card, StringComparison.Ordinal);
        Assert.Contains("less -5, divided by 2 · 4.5", card, StringComparison.Ordinal);
        Assert.Contains("the last 20 groups (`word`) were held out", card, StringComparison.Ordinal);
        Assert.Contains("100 sounds that were never pretrained on", card, StringComparison.Ordinal);
        Assert.DoesNotContain("pixels", card.Split("## Spec")[0], StringComparison.Ordinal);

        using var picture = SKBitmap.Decode(Path.Combine(storage, "artifacts", Evaluator.PictureName));
        // Time goes to the right: 32 frames, 16 bands high, enlarged 4 times.
        Assert.Equal(
            (PictureSheet.Gap + (8 * ((32 * 4) + PictureSheet.Gap)), PictureSheet.Gap + (3 * ((16 * 4) + PictureSheet.Gap))),
            (picture.Width, picture.Height)
        );
    }

    /// <summary>AST's recipe: half a second where the network was pretrained on a third, waveforms mixed, bands blanked, mean weights.</summary>
    [Fact]
    public void Network_of_sounds_is_fine_tuned_at_another_length()
    {
        var spec = Spec();
        using (var state = InitialState.Create(spec, MethodCatalog.Create(spec)))
        {
            state.SetStep(10, 1);
            CheckpointFolder.Write(storage, "checkpoint", state, spec, "r-1", 1);
        }

        var asked = EvaluationSpecParser.Parse(
            "{ protocols: finetune, baselines: false, finetune: { budget: { steps: 150 }, batch: { size: 16, shards: 4 }, seconds: 0.5, averageFrom: 0.8, waveformMixup: 0.2, loss: cross-entropy, specAugment: { time: 0.1, frequency: 0.1 }, optimizer: { baseLearningRate: 0.1 } } }",
            spec
        );
        Assert.Equal([48, 16], asked.Spec!.Finetune!.Image);
        var (one, two) = (Judge(1), Judge(2));
        Assert.Equal(one, two);
        // Five voices: chance is 0.2.
        Assert.InRange(one, 0.25, 1);

        double Judge(int threads) =>
            CheckpointEvaluation
                .Run(
                    spec,
                    asked.Spec,
                    new EvaluationOptions(new DataLocation(DataFolder.Samples), storage, "checkpoint", "artifacts", "r-1", threads),
                    "w",
                    TestContext.Current.CancellationToken
                )
                .Figures.Single()
                .Value;
    }

    [Fact]
    public void Two_sounds_at_once_are_the_weighted_sum_of_their_waveforms()
    {
        using var data = DataSets.Open(new DataLocation(DataFolder.Samples), Spec());
        var renderer = data.CreateRenderer();
        var (one, other, mixed) = (View(3), View(70), new float[data.ViewSize.Length]);
        Mix(3, 70, 1);
        Close(one, mixed);
        Mix(3, 70, 0);
        Close(other, mixed);
        Mix(3, 3, 0.4f);
        Close(one, mixed);
        Mix(3, 70, 0.5f);
        // Halves of two sounds have less energy than the louder one and, in most bands, more than silence.
        Assert.All(mixed.Zip(one, other), at => Assert.True(at.First < Math.Max(at.Second, at.Third) + 0.2f, "louder than both"));
        Assert.NotEqual(one, mixed);

        float[] View(long sample)
        {
            var view = new float[data.ViewSize.Length];
            renderer.Render(sample, 5, 0, sample, 1, view);
            return view;
        }

        void Mix(long sample, long mate, float share) =>
            renderer.RenderMixed(new MixedSound(sample, sample, mate, mate, share), 5, 0, mixed);

        static void Close(float[] expected, float[] actual) =>
            Assert.All(expected.Zip(actual), at => Assert.Equal(at.First, at.Second, 2e-3f));
    }

    [Fact]
    public void Picture_of_a_spectrogram_has_time_to_the_right_and_low_notes_below()
    {
        var spec = Spec();
        var picture = new ViewPicture(spec, new ImageSize(32, 16, 1));
        var values = new float[32 * 16];
        values[(5 * 16) + 2] = 1;
        values[(31 * 16) + 15] = -1;
        var shown = picture.Of(values);
        Assert.Equal(new ImageSize(16, 32, 1), picture.Size);
        Assert.Equal(1, shown[((16 - 1 - 2) * 32) + 5]);
        Assert.Equal(0, shown[31]);
        Assert.Equal(0.5f, shown[0]);
    }

    private static RunSpec Spec()
    {
        var result = RunSpecParser.Parse(
            """
            method: gmml
            data: { audio: voice-prompts, labels: voice-prompts/prompts.csv, columns: { label: speaker, group: word }, holdOut: 20 }
            budget: { steps: 10 }
            batch: { size: 16, shards: 4 }
            backbone: { custom: { patch: 8, dim: 16, depth: 2, heads: 2 }, image: [32, 16] }
            options: { spectrogram: { sampleRate: 8000, seconds: 0.34, mean: -5, deviation: 4.5 } }
            probes: [ { protocol: knn } ]
            """
        );
        Assert.Empty(result.Errors);
        return result.Spec!;
    }
}
