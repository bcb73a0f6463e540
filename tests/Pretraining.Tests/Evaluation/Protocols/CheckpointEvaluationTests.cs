using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Protocols;

public sealed class CheckpointEvaluationTests : IDisposable
{
    private const string Scenes = "data: { images: scenes/images, labels: scenes/labels.csv, masks: scenes/masks, holdOut: 20 }";
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData(MethodName.Gmml, "auto", "knn, linear, low-shot", 1)]
    [InlineData(MethodName.MimClustering, "class-token", "low-shot, knn", 2)]
    [InlineData(MethodName.MimClustering, "mean-token", "knn", 3)]
    [InlineData(MethodName.MimClustering, "last-4-class", "linear", 2)]
    [InlineData(MethodName.MimClustering, "last-4-mean", "knn", 2)]
    public void Figures_are_a_function_of_the_checkpoint_and_not_of_threads(
        MethodName method,
        string features,
        string protocols,
        int threads
    )
    {
        var spec = TinyRun.Spec(method);
        using var state = run.WriteCheckpoint(spec, Disturb);
        var document = $"{{ protocols: [{protocols}], features: {features}, view: unaligned, splits: 3, neighbors: [5, 20, 10000] }}";
        var one = Judge(spec, document, 1);
        var other = Judge(spec, document, threads);
        Assert.Equal(
            one.Figures.Select(f => (f.Protocol, f.Setting, f.Network, f.Value)),
            other.Figures.Select(f => (f.Protocol, f.Setting, f.Network, f.Value))
        );
        Assert.Equal((120, 50, 3, 10L, state.Sha256()), (one.Training, one.Test, one.Classes, one.Step, one.Digest));
        // In the order asked for; more neighbors than there are samples are left out.
        Assert.Equal(one.Spec.Protocols, one.Figures.Select(f => f.Protocol).Distinct());
        Assert.Equal(
            one.Spec.Protocols.Contains(EvaluationProtocol.Knn) ? ["k=5", "k=20"] : [],
            one.Figures.Where(f => f is { Protocol: EvaluationProtocol.Knn, Network: JudgedFeatures.Pixels }).Select(f => f.Setting)
        );
        Assert.All(one.Figures, f => Assert.InRange(f.Value, 0.2, 1));
        Assert.All(one.Figures, f => Assert.Equal(f.Protocol == EvaluationProtocol.LowShot ? 3 : 0, f.Draws.Count));
        foreach (var line in one.Figures.GroupBy(f => (f.Protocol, f.Setting)))
        {
            Assert.Equal([JudgedFeatures.Pixels, JudgedFeatures.Random, JudgedFeatures.Pretrained], line.Select(f => f.Network).Order());
        }
    }

    [Fact]
    public void Initial_weights_are_no_better_than_the_network_as_initialized_and_whole_images_are_told_apart_by_their_pixels()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        var found = Judge(spec, "protocols: [knn, linear, low-shot]");
        foreach (var line in found.Figures.GroupBy(f => (f.Protocol, f.Setting)))
        {
            var by = line.ToDictionary(f => f.Network, f => f.Value);
            Assert.Equal(by[JudgedFeatures.Random], by[JudgedFeatures.Pretrained]);
            Assert.InRange(by[JudgedFeatures.Pixels], 0.8, 1);
        }

        var alone = Judge(spec, "{ protocols: [knn], baselines: false }");
        Assert.All(alone.Figures, f => Assert.Equal(JudgedFeatures.Pretrained, f.Network));
        Assert.Equal(
            found.Figures.Where(f => f is { Protocol: EvaluationProtocol.Knn, Network: JudgedFeatures.Pretrained }).Select(f => f.Value),
            alone.Figures.Select(f => f.Value)
        );
    }

    [Fact]
    public void The_teachers_weights_are_judged_where_they_are_asked_for()
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        using var state = run.WriteCheckpoint(spec, s => Disturb(s.Teacher!));
        var student = Judge(spec, "{ protocols: linear, view: unaligned }");
        var teacher = Judge(spec, "{ protocols: linear, view: unaligned, network: teacher }");
        Assert.Equal(Of(student, JudgedFeatures.Random), Of(student, JudgedFeatures.Pretrained));
        Assert.NotEqual(Of(teacher, JudgedFeatures.Random), Of(teacher, JudgedFeatures.Pretrained));
    }

    [Fact]
    public void Several_labels_an_image_and_the_class_of_every_pixel_are_learned()
    {
        WriteScenes(60);
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec, Disturb);
        var document = $"{{ protocols: [multi-label, segmentation], labels: [1, 5], fraction: 0.2, splits: 3, {Scenes} }}";
        var one = Judge(spec, document);
        Assert.Equal((40, 20, 3), (one.Training, one.Test, one.Classes));
        Assert.Equal(["all labels", "1 a class", "5 a class", "20 %"], one.Figures.Select(f => f.Setting).Distinct());
        var pixels = one.Figures.Where(f => f.Network == JudgedFeatures.Pixels).ToDictionary(f => (f.Protocol, f.Setting), f => f.Value);
        // A patch of bright pixels is one of class 1 in the upper half and of class 2 in the lower: its pixels do not tell, its image does.
        Assert.InRange(pixels[(EvaluationProtocol.MultiLabel, "all labels")], 0.9, 1);
        Assert.InRange(pixels[(EvaluationProtocol.Segmentation, "all labels")], 0.4, 0.95);
        Assert.True(
            pixels[(EvaluationProtocol.MultiLabel, "1 a class")] <= pixels[(EvaluationProtocol.MultiLabel, "all labels")],
            "fewer labels taught more"
        );
        var two = Judge(spec, document, 2);
        Assert.Equal(one.Figures.Select(f => f.Value), two.Figures.Select(f => f.Value));
    }

    [Theory]
    [InlineData("{ protocols: low-shot, labels: [1, 50] }", "need 50")]
    [InlineData("{ protocols: multi-label, labels: [50] }", "need 50")]
    [InlineData("{ protocols: multi-label, data: { images: images, holdOut: 10 } }", "multi-label needs labels")]
    [InlineData("{ protocols: knn, data: { images: images, holdOut: 10 } }", "need one label a sample")]
    [InlineData("{ protocols: knn, " + Scenes + " }", "ask for multi-label")]
    [InlineData("{ protocols: segmentation, labels: [99], " + Scenes + " }", "needs 99")]
    public void What_the_data_cannot_give_is_told_before_anything_is_computed(string document, string problem)
    {
        WriteScenes(60);
        var spec = TinyRun.Spec(MethodName.Gmml);
        // No checkpoint: nothing is read before the data is found to fit.
        Assert.Contains(problem, Assert.Throws<EvaluationException>(() => Judge(spec, document)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_of_another_size_than_its_image_is_named_before_anything_is_computed()
    {
        WriteScenes(60);
        WriteMask(Path.Combine(run.Data, "scenes", "masks", "007.png"), 4, (_, _) => 0);
        var spec = TinyRun.Spec(MethodName.Gmml);
        var problem = Assert.Throws<DataException>(() => Judge(spec, $"{{ protocols: segmentation, {Scenes} }}"));
        Assert.Contains("007.png", problem.Message, StringComparison.Ordinal);
        Assert.Contains("4 × 4", problem.Message, StringComparison.Ordinal);
    }

    private static double Of(EvaluationResult result, JudgedFeatures network) => result.Figures.Single(f => f.Network == network).Value;

    private static void Disturb(TrainingState state) => Disturb(state.Student);

    private static void Disturb(FlatTensor weights)
    {
        var noise = new float[weights.Host.Length];
        new PhiloxStream(5, DrawPurpose.Preflight).FillGaussian(noise);
        for (var i = 0; i < noise.Length; i++)
        {
            weights.Host.Span[i] += 0.1f * noise[i];
        }
    }

    private EvaluationResult Judge(RunSpec spec, string document, int threads = 1)
    {
        var parsed = EvaluationSpecParser.Parse(document, spec);
        Assert.True(parsed.Spec is not null, string.Join("; ", parsed.Errors));
        return CheckpointEvaluation.Run(spec, parsed.Spec, run.Options("none", threads), "w", CancellationToken.None);
    }

    /// <summary>Images of 8 × 8 with a bright square in the upper half (class 1), in the lower (class 2), or both; masks and a table of labels.</summary>
    private void WriteScenes(int count)
    {
        var folder = Path.Combine(run.Data, "scenes");
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "masks"));
        var table = new List<string> { "path,labels" };
        var draws = new PhiloxStream(4, DrawPurpose.Preflight);
        for (var i = 0; i < count; i++)
        {
            var (upper, lower) = (i % 3 != 1, i % 3 != 0);
            var (x, y) = (draws.NextInt32(5), draws.NextInt32(5));
            int Class(int row, int column) =>
                upper && row < 4 && column >= x && column < x + 4 ? 1
                : lower && row >= 4 && column >= y && column < y + 4 ? 2
                : 0;
            using var image = new SKBitmap(8, 8, SKColorType.Gray8, SKAlphaType.Opaque);
            for (var pixel = 0; pixel < 64; pixel++)
            {
                var value = (byte)((Class(pixel / 8, pixel % 8) > 0 ? 180 : 20) + draws.NextInt32(40));
                image.SetPixel(pixel % 8, pixel / 8, new SKColor(value, value, value));
            }

            var name = $"{i:000}.png";
            File.WriteAllBytes(Path.Combine(folder, "images", name), image.Encode(SKEncodedImageFormat.Png, 100).ToArray());
            WriteMask(Path.Combine(folder, "masks", name), 8, Class);
            table.Add($"{name},{(upper && lower ? "top;bottom" : upper ? "top" : "bottom")}");
        }

        File.WriteAllLines(Path.Combine(folder, "labels.csv"), table);
    }

    private static void WriteMask(string path, int side, Func<int, int, int> classOf)
    {
        using var mask = new SKBitmap(side, side, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var pixel = 0; pixel < side * side; pixel++)
        {
            var value = (byte)classOf(pixel / side, pixel % side);
            mask.SetPixel(pixel % side, pixel / side, new SKColor(value, value, value));
        }

        File.WriteAllBytes(path, mask.Encode(SKEncodedImageFormat.Png, 100).ToArray());
    }
}
