using System.Security.Cryptography;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class EncoderExampleTests
{
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Features_are_those_that_the_written_encoders_make_of_the_input_in_fp32(Precision precision)
    {
        using var scope = NewDisposeScope();
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.MimClustering, "[]") with { Precision = precision };
        using var state = run.WriteCheckpoint(spec, Disturb);
        Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);

        var example = Read(run, Evaluator.ExampleName);
        Assert.Equal(
            ["features", "input", "patch_features", "teacher_features", "teacher_patch_features"],
            example.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal([4, 1, 8, 8], example["input"].shape);
        Assert.Equal([4, 16], example["features"].shape);
        Assert.Equal([4, 4, 16], example["patch_features"].shape);
        foreach (var (encoder, prefix) in new[] { (Evaluator.EncoderName, ""), (Evaluator.TeacherName, "teacher_") })
        {
            var tokens = Tokens(run, encoder, spec, example["input"]);
            AssertClose(tokens.select(1, 0), example[prefix + "features"]);
            AssertClose(tokens.narrow(1, 1, 4), example[prefix + "patch_features"]);
        }

        Assert.NotEqual(example["features"].Values(), example["teacher_features"].Values());
    }

    [Fact]
    public void Without_a_class_token_the_features_are_the_mean_of_the_normed_patch_tokens()
    {
        using var scope = NewDisposeScope();
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.MimClustering, "[{protocol: knn}]");
        spec = spec with { Backbone = spec.Backbone with { Pooling = Pooling.Mean } };
        using var state = run.WriteCheckpoint(spec, Disturb);
        var view = Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);

        Assert.Equal("mean-token", view.Features);
        var example = Read(run, Evaluator.ExampleName);
        Assert.Equal([4, 4, 16], example["patch_features"].shape);
        AssertClose(example["patch_features"].mean([1]), example["features"]);
        Assert.DoesNotContain(
            "cls_token",
            SafetensorsFile.Read(Path.Combine(run.Storage, "artifacts", Evaluator.EncoderName)).Entries.Select(entry => entry.Name)
        );
    }

    [Fact]
    public void Without_a_teacher_the_example_has_none_and_the_card_tells_what_each_file_is()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml, "[]");
        using var state = run.WriteCheckpoint(spec);
        Evaluator.Evaluate(spec, run.Options("artifacts"), "w", CancellationToken.None);

        using var scope = NewDisposeScope();
        Assert.Equal(["features", "input", "patch_features"], Read(run, Evaluator.ExampleName).Keys.Order(StringComparer.Ordinal));
        var card = File.ReadAllText(Path.Combine(run.Storage, "artifacts", Evaluator.CardName));
        foreach (var name in new[] { Evaluator.EncoderName, Evaluator.ExampleName })
        {
            var bytes = File.ReadAllBytes(Path.Combine(run.Storage, "artifacts", name));
            Assert.Contains($"`{Convert.ToHexStringLower(SHA256.HashData(bytes))}`", card, StringComparison.Ordinal);
        }
    }

    /// <summary>Teacher and student apart, as after some training.</summary>
    private static void Disturb(TrainingState state)
    {
        var stream = new PhiloxStream(8, DrawPurpose.Preflight);
        foreach (var flat in new[] { state.Student, state.Teacher! })
        {
            foreach (var segment in flat.Layout.Segments)
            {
                foreach (ref var value in flat[segment])
                {
                    value += 0.1f * stream.NextGaussian();
                }
            }
        }
    }

    private static Dictionary<string, Tensor> Read(TinyRun run, string name)
    {
        using var file = SafetensorsFile.Read(Path.Combine(run.Storage, "artifacts", name));
        return file.Entries.ToDictionary(entry => entry.Name, entry => tensor(entry.ReadFloats(), entry.Shape), StringComparer.Ordinal);
    }

    private static Tensor Tokens(TinyRun run, string encoder, RunSpec spec, Tensor input)
    {
        var shape = NetworkFactory.Shape(spec.Backbone);
        var network = new VisionTransformer(shape);
        var weights = Read(run, encoder);
        using var guard = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameter.copy_(weights[name]);
        }

        var patches = ImagePatches.Of(input.Values(), shape);
        return network.Normalize(network.Forward(patches, new BackbonePass()).Tokens);
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5f);
}
