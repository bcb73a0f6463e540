using System.Text.Json;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class EvaluatorTests
{
    [Theory]
    [InlineData(MethodName.Gmml, "last-4-mean")]
    [InlineData(MethodName.MimClustering, "class-token")]
    public void Evaluation_of_initial_weights_finds_no_gain_over_the_random_network(MethodName method, string features)
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(method);
        using var state = run.WriteCheckpoint(spec);
        var view = Evaluator.Evaluate(spec, run.Options("artifacts"), "w-1", CancellationToken.None);

        Assert.Equal(features, view.Features);
        Assert.Equal(("unaligned", "w-1", state.Sha256()), (view.Protocol, view.Worker, view.Digest));
        Assert.Equal((120, 50), (view.TrainImages, view.TestImages));
        // Same pixels, same weights: the same figures to the last bit.
        foreach (var probe in new[] { view.Knn!, view.Linear!, view.Labels1!, view.Labels5! })
        {
            Assert.Equal(probe.Random, probe.Pretrained);
            Assert.InRange(probe.Pixels, 0.4, 1);
        }

        Assert.InRange(view.AlignedPixelsKnn!.Value, 0.9, 1);
        Assert.InRange(view.AlignedPixelsLinear!.Value, 0.9, 1);
        Assert.Null(view.Knn!.Deviation);
        Assert.InRange(view.Labels1!.Deviation!.Value, 1e-4, 0.3);
    }

    [Theory]
    [InlineData(MethodName.Gmml)]
    [InlineData(MethodName.MimClustering)]
    public void Evaluation_on_two_threads_is_that_on_one(MethodName method)
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(method);
        using var state = run.WriteCheckpoint(spec, Disturb);
        var one = Evaluator.Evaluate(spec, run.Options("one"), "w", CancellationToken.None);
        var two = Evaluator.Evaluate(spec, run.Options("two", 2), "w", CancellationToken.None);

        Assert.Equal(one with { Seconds = 0 }, two with { Seconds = 0 });
        Assert.NotEqual((one.Linear!.Random, one.Labels5!.Random), (one.Linear.Pretrained, one.Labels5.Pretrained));
        foreach (
            var name in Directory
                .GetFiles(Path.Combine(run.Storage, "one"))
                .Select(Path.GetFileName)
                .Where(name => name != Evaluator.ViewName)
        )
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(run.Storage, "one", name!))
                    .AsSpan()
                    .SequenceEqual(File.ReadAllBytes(Path.Combine(run.Storage, "two", name!))),
                name
            );
        }
    }

    [Theory]
    [InlineData(MethodName.Gmml, false)]
    [InlineData(MethodName.MimClustering, true)]
    public void Encoder_read_back_is_the_student_s_backbone_by_timm_s_names(MethodName method, bool hasTeacher)
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(method, "[]");
        using var state = run.WriteCheckpoint(spec, Disturb);
        Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);

        AssertEncoder(Path.Combine(run.Storage, "artifacts", Evaluator.EncoderName), state.Student);
        Assert.Equal(hasTeacher, File.Exists(Path.Combine(run.Storage, "artifacts", Evaluator.TeacherName)));
        if (hasTeacher)
        {
            AssertEncoder(Path.Combine(run.Storage, "artifacts", Evaluator.TeacherName), state.Teacher!);
        }
    }

    [Fact]
    public void Artifacts_are_whole_and_the_view_reads_back()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        var parts = new List<EvaluationProgress>();
        var view = Evaluator.Evaluate(spec, run.Options("runs/r-1"), "w", CancellationToken.None, parts.Add);

        var folder = Path.Combine(run.Storage, "runs", "r-1");
        Assert.Equal(
            [Evaluator.EncoderName, Evaluator.ViewName, Evaluator.ExampleName, Evaluator.CardName, Evaluator.PictureName],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!
        );
        Assert.Equal(
            view,
            JsonSerializer.Deserialize<EvaluationView>(File.ReadAllBytes(Path.Combine(folder, Evaluator.ViewName)), RunSpecJson.Options)
        );
        Assert.Contains(state.WeightsSha256(), File.ReadAllText(Path.Combine(folder, Evaluator.CardName)), StringComparison.Ordinal);
        Assert.Equal(["features", "probes", "artifacts"], parts.Select(p => p.Part).Distinct());
        // 120 + 50 images in batches of 50; three kinds of features by four probes, and aligned pixels by two; five files.
        Assert.Equal([4, 14, 5], parts.GroupBy(p => p.Part).Select(g => g.Count()));
        Assert.All(parts.GroupBy(p => p.Part), g => Assert.Equal(g.Last().Total, g.Last().Done));
    }

    [Fact]
    public void Picture_shows_eight_images_clean_corrupted_and_reconstructed()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml, "[]");
        using var state = run.WriteCheckpoint(spec, Disturb);
        Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);
        using var picture = SKBitmap.Decode(Path.Combine(run.Storage, "artifacts", Evaluator.PictureName));

        // 8 pixels, 16 times as large, and the gaps.
        Assert.Equal((8 * (128 + 8)) + 8, picture.Width);
        Assert.Equal((3 * (128 + 8)) + 8, picture.Height);
        for (var column = 0; column < 8; column++)
        {
            var cells = Enumerable.Range(0, 3).Select(row => Cell(picture, row, column)).ToArray();
            Assert.All(cells, cell => Assert.True(cell.Distinct().Count() > 8, $"an image in column {column} is blank"));
            Assert.NotEqual(cells[0], cells[1]);
            Assert.NotEqual(cells[0], cells[2]);
            Assert.Contains(Enumerable.Range(0, 64), i => cells[0][i] == cells[1][i]);
        }
    }

    [Fact]
    public void Probes_that_are_not_asked_for_are_left_out()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml, "[{protocol: knn}]");
        using var state = run.WriteCheckpoint(spec);
        var view = Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);

        Assert.NotNull(view.Knn);
        Assert.NotNull(view.AlignedPixelsKnn);
        Assert.Null(view.Linear);
        Assert.Null(view.AlignedPixelsLinear);
        Assert.Null(view.Labels1);
        Assert.Null(view.Labels5);
    }

    [Fact]
    public void Data_without_labels_is_refused_before_the_checkpoint_is_read()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml);
        spec = spec with { Data = spec.Data with { Labels = null } };

        var refused = Assert.Throws<EvaluationException>(() =>
            Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None)
        );
        Assert.Contains("need one label a sample", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Artifact_path_outside_the_storage_is_refused()
    {
        using var run = new TinyRun();
        Assert.Throws<EvaluationException>(() =>
            Evaluator.Evaluate(TinyRun.Spec(MethodName.Gmml), run.Options("../elsewhere"), "w", CancellationToken.None)
        );
    }

    [Fact]
    public void Canceled_evaluation_stops_and_writes_nothing()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = run.WriteCheckpoint(spec);
        using var cancellation = new CancellationTokenSource();

        // Canceled by the first batch, as from another thread.
        Assert.Throws<OperationCanceledException>(() =>
            Evaluator.Evaluate(spec, run.Options("artifacts"), "w", cancellation.Token, _ => cancellation.Cancel())
        );
        Assert.False(Directory.Exists(Path.Combine(run.Storage, "artifacts")));
    }

    /// <summary>Weights as after some training: each moved by a draw of its own.</summary>
    private static void Disturb(TrainingState state)
    {
        var stream = new PhiloxStream(4, DrawPurpose.Preflight);
        foreach (var flat in new[] { state.Student, state.Teacher })
        {
            foreach (var segment in flat?.Layout.Segments ?? [])
            {
                foreach (ref var value in flat![segment])
                {
                    value += 0.1f * stream.NextGaussian();
                }
            }
        }
    }

    private static void AssertEncoder(string path, FlatTensor weights)
    {
        using var file = SafetensorsFile.Read(path);
        string[] ofBlock =
        [
            "attn.proj.bias",
            "attn.proj.weight",
            "attn.qkv.bias",
            "attn.qkv.weight",
            "mlp.fc1.bias",
            "mlp.fc1.weight",
            "mlp.fc2.bias",
            "mlp.fc2.weight",
            "norm1.bias",
            "norm1.weight",
            "norm2.bias",
            "norm2.weight",
        ];
        string[] names =
        [
            .. ofBlock.Select(name => "blocks.0." + name),
            .. ofBlock.Select(name => "blocks.1." + name),
            "cls_token",
            "norm.bias",
            "norm.weight",
            "patch_embed.proj.bias",
            "patch_embed.proj.weight",
            "pos_embed",
        ];
        Assert.Equal(names, file.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        foreach (var entry in file.Entries)
        {
            var segment = weights.Layout.Segments.Single(s => s.Name == "backbone." + entry.Name);
            Assert.Equal(segment.Shape, entry.Shape);
            Assert.Equal(weights[segment].ToArray(), entry.ReadFloats());
        }

        Assert.Equal([16, 1, 4, 4], file.Entries.Single(entry => entry.Name == "patch_embed.proj.weight").Shape);
        Assert.Equal(
            ("pt", "4", "16", "10"),
            (file.Metadata["format"], file.Metadata["patch"], file.Metadata["dim"], file.Metadata["step"])
        );
    }

    private static SKColor[] Cell(SKBitmap picture, int row, int column) =>
        [
            .. Enumerable
                .Range(0, 64)
                .Select(i => picture.GetPixel(8 + (column * 136) + (i % 8 * 16) + 3, 8 + (row * 136) + (i / 8 * 16) + 3)),
        ];
}
