using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class ModelCardTests
{
    private static readonly EvaluationView View = new()
    {
        Protocol = "unaligned",
        Digest = "d",
        TrainImages = 9000,
        TestImages = 1000,
        Features = "class-token",
        Linear = new ProbeView(0.1, 0.2, 0.3, null),
        Labels5 = new ProbeView(0.4, 0.5, 0.6, 0.0123),
        AlignedPixelsLinear = 0.8,
        Seconds = 1,
        Worker = "w",
    };

    private static readonly ModelFile[] Files =
    [
        new("encoder.safetensors", "the student's", "01"),
        new("teacher-encoder.safetensors", "the teacher's", "02"),
    ];

    [Fact]
    public void The_head_of_the_audit_chain_stands_on_the_card_where_there_is_one()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        Assert.Contains(
            "audit chain (samples, gradients and weights of the steps): `a1b2`",
            ModelCard.Write(spec, "r", 1, "", View, Files, "a1b2"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("audit chain", ModelCard.Write(spec, "r", 1, "", View, Files), StringComparison.Ordinal);
    }

    [Fact]
    public void Card_names_the_run_its_weights_and_how_to_load_them()
    {
        var card = ModelCard.Write(TinyRun.Spec(MethodName.MimClustering), "r-1", 40, "abc", View, Files);

        Assert.Contains("Run r-1, step 40, seed 3", card, StringComparison.Ordinal);
        Assert.Contains("`abc`", card, StringComparison.Ordinal);
        Assert.Contains(
            "VisionTransformer(img_size=(8, 8), patch_size=4, in_chans=1, embed_dim=16, depth=2, num_heads=2, num_classes=0)",
            card,
            StringComparison.Ordinal
        );
        Assert.Contains("| `teacher-encoder.safetensors` | the teacher's | `02` |", card, StringComparison.Ordinal);
        Assert.DoesNotContain("licence", card, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', card);
    }

    [Fact]
    public void Card_of_a_network_without_class_token_loads_one_and_averages_its_tokens()
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        var card = ModelCard.Write(spec with { Backbone = spec.Backbone with { Pooling = Pooling.Mean } }, "r-1", 40, "abc", View, Files);

        Assert.Contains(
            "num_heads=2, class_token=False, global_pool=\"avg\", fc_norm=False, num_classes=0)",
            card,
            StringComparison.Ordinal
        );
        Assert.Contains("assert_close(tokens.mean(1), example", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_shows_the_probes_that_were_asked_for()
    {
        var card = ModelCard.Write(TinyRun.Spec(MethodName.Gmml), "r", 1, "", View, Files[..1]);

        Assert.Contains("| linear | 0.100 | 0.200 | 0.300 | 0.800 |", card, StringComparison.Ordinal);
        Assert.Contains("| 5 labels a class, 10 draws | 0.400 | 0.500 | 0.600 ± 0.012 |  |", card, StringComparison.Ordinal);
        Assert.DoesNotContain("kNN", card, StringComparison.Ordinal);
        Assert.DoesNotContain("teacher-encoder", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_of_the_samples_states_the_data_s_licence()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        var card = ModelCard.Write(
            spec with
            {
                Data = spec.Data with { Images = "fashion-mnist/t10k-images-idx3-ubyte" },
            },
            "r",
            1,
            "",
            View,
            Files[..1]
        );

        Assert.Contains("Fashion-MNIST, MIT licence", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_of_slices_names_their_plane_window_and_what_was_held_out()
    {
        var spec = RunSpecParser
            .Parse("method: gmml\ndata: { volumes: knees, layout: mrnet, plane: sagittal, holdOutSplit: valid }\nbackbone: { channels: 1 }")
            .Spec!;
        var card = ModelCard.Write(spec, "r", 1, "", View, Files[..1]);

        Assert.Contains("- Data: `knees`, of which the split `valid` was held out", card, StringComparison.Ordinal);
        Assert.Contains("- Samples: sagittal slices of volumes", card, StringComparison.Ordinal);
        Assert.Contains("0.5th to the 99.5th percentile", card, StringComparison.Ordinal);
    }
}
