using System.Text.Json;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;
using TorchSharp;

namespace Orchestrator.Benchmarks;

/// <summary>
/// Group masking with a spec's defaults of one view of 224 px, and a ViT-S/16's forward and backward pass of one view on the same thread. The pass has
/// no heads, no teacher and no optimizer, so a step is longer and the share below is an upper bound.
/// </summary>
internal static class CorruptionBenchmark
{
    private const int Batch = 4;

    public static int Run(string[] args)
    {
        var time = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0]) : 5);
        var size = new ImageSize(224, 224, 3);
        var replace = new ReplaceOptions(0.5, Interval.At(0.3));
        var masking = new GroupMasking(
            size,
            new CorruptionOptions(FillKind.Noise, new Interval(0.5, 0.75), new Interval(0, 0.3), 1, replace)
        );
        var (clean, mate, corrupted, mask) = (new float[size.Length], new float[size.Length], new float[size.Length], new byte[size.Area]);
        var corruption = Timing.Mean(time, i => masking.Corrupt(clean, mate, 0, 0, i, 0, corrupted, mask));

        torch.set_num_threads(1);
        using var network = new VisionTransformer(new BackboneShape(224, 224, 3, 16, 384, 12, 6));
        var pass = Timing.Mean(time, _ => ForwardAndBackward(network)) / Batch;
        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    benchmark = "corruption",
                    millisecondsPerView = Math.Round(corruption * 1000, 3),
                    networkMillisecondsPerView = Math.Round(pass * 1000, 1),
                    share = Math.Round(corruption / pass, 4),
                }
            )
        );
        return 0;
    }

    private static void ForwardAndBackward(VisionTransformer network)
    {
        using var scope = torch.NewDisposeScope();
        var patches = torch.ones(Batch, network.Shape.Patches, network.Shape.PatchValues);
        network.Forward(patches, new BackbonePass()).Tokens.sum().backward();
        network.zero_grad();
    }
}
