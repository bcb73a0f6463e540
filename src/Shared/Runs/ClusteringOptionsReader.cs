using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads the part of <c>options</c> that methods with prototypes have, with the defaults of the method's paper (docs/methods.md).</summary>
internal static class ClusteringOptionsReader
{
    private const int Prototypes = 8192;
    private const int AsitPatchPrototypes = 1024;

    /// <summary>Adds it to what every method has.</summary>
    public static MethodOptions Read(SpecReader reader, MethodName method, MethodOptions options)
    {
        var asit = method == MethodName.Asit;
        if (options.Views != 2)
        {
            reader.Fail("views", $"{SpecWords.Word(method)} compares two views of a sample: must be 2");
        }

        var collapse = reader.Choice("avoidCollapse", AvoidCollapse.Centering);
        var tokens = reader.Choice("tokens", asit ? ClusteringTokens.Both : ClusteringTokens.Class);
        var head = reader.Mapping("head");
        var headOptions = new HeadOptions(
            head.Integer("hidden", 2048, 1, 65536),
            head.Integer("bottleneck", 256, 1, 65536),
            head.Boolean("normalizePrototypes", true)
        );
        head.End();
        return options with
        {
            AvoidCollapse = collapse,
            Tokens = tokens,
            Weights = ReadWeights(reader.Mapping("weights"), method, tokens, collapse),
            Prototypes = tokens == ClusteringTokens.Patch ? null : reader.Integer("prototypes", Prototypes, 2, 1 << 20),
            PatchPrototypes =
                tokens == ClusteringTokens.Class
                    ? null
                    : reader.Integer("patchPrototypes", asit ? AsitPatchPrototypes : Prototypes, 2, 1 << 20),
            Head = headOptions,
            Temperatures = ReadTemperatures(reader.Mapping("temperatures")),
            Momentum = ReadMomentum(reader.Mapping("momentum")),
            Sinkhorn = ReadSinkhorn(reader.Mapping("sinkhorn")),
            FreezePrototypes = reader.Integer("freezePrototypes", 0, 0, 1_000_000),
        };
    }

    /// <summary>A weight that the run has no term for is not a known key. ASiT: global + local + 2 · reconstruction.</summary>
    private static LossWeights ReadWeights(SpecReader reader, MethodName method, ClusteringTokens tokens, AvoidCollapse collapse)
    {
        var reconstruction = method == MethodName.Asit ? 2 : 1;
        var weights = new LossWeights(
            method == MethodName.Clustering ? null : reader.Number("reconstruction", reconstruction, 0, 1e6),
            tokens == ClusteringTokens.Patch ? null : reader.Number("clustering", 1, 0, 1e6),
            tokens == ClusteringTokens.Class ? null : reader.Number("patch", 1, 0, 1e6),
            collapse is AvoidCollapse.MeMax or AvoidCollapse.MeMaxSinkhorn ? reader.Number("entropy", 1, 1e-6, 1e6) : null
        );
        reader.End();
        return weights;
    }

    private static TemperatureOptions ReadTemperatures(SpecReader reader)
    {
        var temperatures = new TemperatureOptions(
            reader.Number("student", 0.1, 1e-3, 100),
            reader.Interval("teacher", new Interval(0.04, 0.07), 1e-3, 100, ordered: false),
            reader.Number("teacherWarmup", 0.3, 0, 1)
        );
        reader.End();
        return temperatures;
    }

    private static MomentumOptions ReadMomentum(SpecReader reader)
    {
        var momentum = new MomentumOptions(reader.Interval("teacher", new Interval(0.996, 1), 0, 1), reader.Number("center", 0.9, 0, 1));
        reader.End();
        return momentum;
    }

    private static SinkhornOptions ReadSinkhorn(SpecReader reader)
    {
        var sinkhorn = new SinkhornOptions(reader.Integer("iterations", 3, 1, 100), reader.Choice("rows", SinkhornRows.PerView));
        reader.End();
        return sinkhorn;
    }
}
