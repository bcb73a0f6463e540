using System.Text.Json.Nodes;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>
/// The ten cells of the label-efficiency study, derived from one spec of MIM + clustering: pretexts, and of those with prototypes each way to avoid
/// collapse. They are derived from the resolved spec: a default that depends on the method (drop-path, budget, replacement, momentum) would
/// otherwise differ between cells unseen.
/// </summary>
public static class LabelEfficientGrid
{
    private static readonly string[] OfEvery = ["views", "augmentation", "spectrogram", "localViews"];
    private static readonly string[] OfCorruption = ["corruption", "reconstruction"];
    private static readonly string[] OfClustering =
    [
        "weights",
        "avoidCollapse",
        "tokens",
        "prototypes",
        "patchPrototypes",
        "freezePrototypes",
        "head",
        "temperatures",
        "momentum",
        "sinkhorn",
    ];
    private static readonly AvoidCollapse[] Remedies =
    [
        AvoidCollapse.None,
        AvoidCollapse.Centering,
        AvoidCollapse.MeMax,
        AvoidCollapse.Sinkhorn,
    ];

    /// <param name="spec">Of method mim-clustering.</param>
    public static IReadOnlyList<StudyCell> Cells(RunSpec spec) =>
        [
            new StudyCell("contrastive", Contrastive(spec)),
            .. Remedies.Select(r => new StudyCell($"clustering-{SpecWords.Word(r)}", Clustering(spec, MethodName.Clustering, r))),
            new StudyCell("mim", Of(spec, MethodName.Mim, [.. OfEvery, .. OfCorruption])),
            .. Remedies.Select(r => new StudyCell($"mim-clustering-{SpecWords.Word(r)}", Clustering(spec, MethodName.MimClustering, r))),
        ];

    private static JsonObject Contrastive(RunSpec spec)
    {
        var document = Of(spec, MethodName.Contrastive, [.. OfEvery, "momentum"]);
        var options = document["options"]!.AsObject();
        options["momentum"]!.AsObject().Remove("center");
        options["contrastive"] = new JsonObject
        {
            ["temperature"] = 0.2,
            ["hidden"] = spec.Options.Head!.Hidden,
            ["dim"] = spec.Options.Head.Bottleneck,
        };
        return document;
    }

    private static JsonObject Clustering(RunSpec spec, MethodName method, AvoidCollapse remedy)
    {
        var reconstructs = method == MethodName.MimClustering;
        var document = Of(spec, method, [.. OfEvery, .. OfClustering, .. reconstructs ? OfCorruption : []]);
        var options = document["options"]!.AsObject();
        options["avoidCollapse"] = SpecWords.Word(remedy);
        var weights = options["weights"]!.AsObject();
        if (!reconstructs)
        {
            weights.Remove("reconstruction");
        }

        if (remedy != AvoidCollapse.MeMax)
        {
            weights.Remove("entropy");
        }

        return document;
    }

    private static JsonObject Of(RunSpec spec, MethodName method, string[] options)
    {
        var document = JsonNode.Parse(RunSpecJson.Write(spec))!.AsObject();
        document["method"] = SpecWords.Word(method);
        var written = document["options"]!.AsObject();
        foreach (var key in written.Select(o => o.Key).Except(options, StringComparer.Ordinal).ToList())
        {
            written.Remove(key);
        }

        return document;
    }
}
