using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Evaluation.Probes;

public sealed class SegmentationProbeTests
{
    private const int Classes = 3;
    private const int Features = 6;
    private const double Penalty = 0.01;

    [Fact]
    public void Objective_and_gradient_are_torch_s()
    {
        var set = Draw(images: 5, noise: 0.5f, seed: 1);
        var objective = new SegmentationObjective(set, Classes, Penalty, gang: null);
        var parameters = BilinearGridTests.Draw(objective.Parameters, 4);
        var gradient = new double[parameters.Length];
        var value = objective.Evaluate(parameters, gradient);

        using var scope = NewDisposeScope();
        var all = tensor(parameters, dtype: float64).requires_grad_();
        var weights = all[..(Classes * Features)].reshape(Classes, Features);
        var patches = tensor(set.Patches.Values.ToArray()).to(float64).reshape(set.Patches.Rows, Features);
        var logits = (patches.matmul(weights.t()) + all[(Classes * Features)..])
            .reshape(set.Images, set.GridHeight, set.GridWidth, Classes)
            .permute(0, 3, 1, 2);
        var upsampled = nn.functional.interpolate(
            logits,
            size: [set.Height, set.Width],
            mode: InterpolationMode.Bilinear,
            align_corners: false
        );
        var targets = tensor(Masks(set).Select(v => (long)v).ToArray()).reshape(set.Images, set.Height, set.Width);
        var loss =
            nn.functional.cross_entropy(upsampled, targets, ignore_index: ConfusionMatrix.Ignored) + (Penalty * weights.square().sum());
        loss.backward();

        Assert.Equal(loss.item<double>(), value, 1e-12);
        Assert.All(all.grad!.data<double>().ToArray(), (expected, i) => Assert.Equal(expected, gradient[i], 1e-12));
        var predicted = upsampled[3].argmax(0).data<long>().ToArray();
        var model = new SegmentationModel(Classes, parameters, new LbfgsEnd(value, 0, 0, true));
        Assert.Equal(predicted, model.Predict(set, 3).Select(v => (long)v));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fit_has_the_same_bits_on_any_number_of_threads(int threads)
    {
        var set = Draw(images: 21, noise: 0.5f, seed: 2);
        using var gang = new ShardGang(threads, "segmentation");
        var alone = SegmentationProbe.Fit(set, Classes, Penalty);
        var together = SegmentationProbe.Fit(set, Classes, Penalty, gang);

        Assert.Equal(alone.End, together.End);
        Assert.Equal(alone.Predict(set, 20), together.Predict(set, 20));
    }

    [Fact]
    public void Fit_reaches_the_minimum()
    {
        var set = Draw(images: 4, noise: 0.5f, seed: 3);
        var model = SegmentationProbe.Fit(set, Classes, Penalty, tolerance: 1e-9, maxSteps: 1000);

        Assert.True(model.End.Converged, $"{model.End}");
        Assert.InRange(model.End.Value, 0, Math.Log(Classes) - 0.1);
        Assert.False(SegmentationProbe.Fit(set, Classes, Penalty, maxSteps: 2).End.Converged);
    }

    [Fact]
    public void Probe_finds_classes_that_the_patches_tell()
    {
        var outcome = SegmentationProbe.Run(Draw(12, 0.05f, 4), Draw(6, 0.05f, 5), Classes);

        Assert.InRange(outcome.Matrix.Accuracy!.Value, 0.9, 1);
        Assert.InRange(outcome.Matrix.MeanIoU!.Value, 0.75, 1);
        // Every sixth pixel of a row of 12 is ignored.
        Assert.Equal(6 * 8 * 10, outcome.Matrix.Total);
    }

    [Fact]
    public void Score_is_the_matrix_over_all_predictions()
    {
        var set = Draw(images: 5, noise: 2, seed: 6);
        var model = SegmentationProbe.Fit(set, Classes, Penalty);
        var matrix = new ConfusionMatrix(Classes);
        for (var image = 0; image < set.Images; image++)
        {
            matrix.Add(set.Mask(image), model.Predict(set, image));
        }

        var score = model.Score(set);
        Assert.Equal(matrix.Total, score.Total);
        Assert.All(Enumerable.Range(0, Classes * Classes), cell => Assert.Equal(matrix[cell / 3, cell % 3], score[cell / 3, cell % 3]));
    }

    [Fact]
    public void A_mask_that_names_no_class_is_refused()
    {
        var patches = new FeatureMatrix(2, 1);
        var wrong = new SegmentationSet(patches, 1, 1, [0, 0, 0, 3], 1, 2);
        var refused = Assert.Throws<EvaluationException>(() => SegmentationProbe.Fit(wrong, 3));
        Assert.Equal("The mask of image 1 has the value 3: classes are 0 to 2, and 255 is ignored.", refused.Message);

        var empty = new SegmentationSet(patches, 1, 1, [255, 255, 255, 255], 1, 2);
        Assert.Throws<EvaluationException>(() => SegmentationProbe.Fit(empty, 3));
        Assert.Throws<EvaluationException>(() => SegmentationProbe.Fit(new SegmentationSet(new FeatureMatrix(0, 1), 1, 1, [], 1, 2), 3));
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmentationSet(new FeatureMatrix(3, 1), 1, 2, [0, 0], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmentationSet(new FeatureMatrix(4, 1), 1, 2, [0, 0, 0], 1, 1));
    }

    private static IEnumerable<byte> Masks(SegmentationSet set) => Enumerable.Range(0, set.Images).SelectMany(i => set.Mask(i).ToArray());

    /// <summary>Images of 4 × 6 patches with a class each, whose features are one-hot and noise, and of 8 × 12 pixels, two a patch each way.</summary>
    private static SegmentationSet Draw(int images, float noise, ulong seed)
    {
        var draws = new PhiloxStream(seed, DrawPurpose.Preflight);
        var patches = new FeatureMatrix(images * 24, Features);
        var masks = new byte[images * 96];
        for (var patch = 0; patch < patches.Rows; patch++)
        {
            // Left, middle and right third of an image, in an order that changes with the image.
            var own = ((patch % 6 / 2) + (patch / 24)) % Classes;
            for (var j = 0; j < Features; j++)
            {
                patches[patch][j] = (j == own ? 1 : 0) + (noise * draws.NextGaussian());
            }

            var first = (patch / 6 * 2 * 12) + (patch % 6 * 2);
            foreach (var pixel in new[] { first, first + 1, first + 12, first + 13 })
            {
                masks[pixel] = pixel % 6 == 5 ? ConfusionMatrix.Ignored : (byte)own;
            }
        }

        return new SegmentationSet(patches, 4, 6, masks, 8, 12);
    }
}
