using System.Globalization;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Benchmarks;

/// <summary>What one shard's forward and backward pass costs in fp32 and in bf16: a backbone with GMML's head, on one thread.</summary>
internal static class PrecisionBenchmark
{
    private const int Rows = 8;

    private static readonly (string Name, BackboneShape Shape)[] Networks =
    [
        ("64 wide, 4 deep, 28 px by 7", new BackboneShape(28, 28, 1, 7, 64, 4, 2)),
        ("vit-tiny, 224 px by 16", new BackboneShape(224, 224, 3, 16, 192, 12, 3)),
        ("vit-small, 224 px by 16", new BackboneShape(224, 224, 3, 16, 384, 12, 6)),
    ];

    /// <summary>Prints a line a network and precision; a precision's second line comes after the other's first, so that drift shows.</summary>
    public static int Run(string[] rest)
    {
        var seconds = TimeSpan.FromSeconds(rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : 5);
        set_num_threads(1);
        foreach (var (name, shape) in Networks)
        {
            foreach (var precision in new[] { Precision.Fp32, Precision.Bf16, Precision.Fp32, Precision.Bf16 })
            {
                var pass = Pass(shape, precision, seconds);
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $$"""{"benchmark":"precision","network":"{{name}}","precision":"{{SpecWords.Word(precision)}}","rows":{{Rows}},"passMilliseconds":{{pass * 1e3:F2}}}"""
                    )
                );
            }
        }

        return 0;
    }

    /// <summary>Seconds of a pass of <see cref="Rows"/> views.</summary>
    private static double Pass(BackboneShape shape, Precision precision, TimeSpan seconds)
    {
        using var outer = NewDisposeScope();
        var backbone = new VisionTransformer(shape, precision);
        var head = new ReconstructionHead(shape, [shape.Dim, shape.Dim, shape.Dim], precision);
        var patches = randn(Rows, shape.Patches, shape.PatchValues);
        var pass = new BackbonePass { Blocks = [shape.Depth] };
        return Timing.Mean(
            seconds,
            _ =>
            {
                using var scope = NewDisposeScope();
                var tokens = backbone.Normalize(backbone.Forward(patches, pass).Blocks[0]).narrow(1, 1, shape.Patches);
                var reconstruction = head.Forward(tokens);
                autograd.backward([reconstruction], [ones_like(reconstruction)]);
            }
        );
    }
}
