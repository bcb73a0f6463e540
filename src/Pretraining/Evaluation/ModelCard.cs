using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>The page that goes with the encoders of a run, student's and teacher's: what they are, how they were made, what they can do, how to load them.</summary>
public static class ModelCard
{
    private static readonly JsonSerializerOptions Indented = new(RunSpecJson.Options) { WriteIndented = true };

    /// <summary>The card in Markdown.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="run">Its id.</param>
    /// <param name="step">Completed steps.</param>
    /// <param name="weightsSha256">Of the student's tensors.</param>
    /// <param name="view">What the probes found.</param>
    /// <param name="files">The encoders and their example.</param>
    /// <param name="auditSha256">Head of the run's chain of digests; null where there is none.</param>
    public static string Write(
        RunSpec spec,
        string run,
        long step,
        string weightsSha256,
        EvaluationView view,
        IReadOnlyList<ModelFile> files,
        string? auditSha256 = null
    )
    {
        var network = spec.Backbone.Custom;
        var input = ModelInput.Of(spec);
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"# {spec.Name}");
        card.AppendLine();
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"A vision transformer pretrained without labels by {SpecWords.Word(spec.Method)}: {input.Size}, patch {network.Patch}, width {network.Dim}, depth {network.Depth}, {network.Heads} heads."
        );
        card.AppendLine();
        card.AppendLine(CultureInfo.InvariantCulture, $"- Run {run}, step {step}, seed {spec.Seed}");
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"- SHA-256 of the weights (name, type, shape and bytes of each student tensor): `{weightsSha256}`"
        );
        if (auditSha256 is not null)
        {
            card.AppendLine(
                CultureInfo.InvariantCulture,
                $"- Head of the audit chain (samples, gradients and weights of the steps): `{auditSha256}`"
            );
        }

        card.AppendLine(CultureInfo.InvariantCulture, $"- Data: `{spec.Data.Source}`, of which {HeldOut(spec.Data, input)} held out");
        if (spec.Data.Plane is { } plane)
        {
            card.AppendLine(
                CultureInfo.InvariantCulture,
                $"- Samples: {SpecWords.Word(plane)} slices of volumes; unsigned bytes are taken as they are (0–255 become 0–1), of other volumes the 0.5th to the 99.5th percentile of the whole volume becomes 0–1, and what lies outside is cut off"
            );
        }

        if (spec.Data.Source.Contains("fashion-mnist", StringComparison.OrdinalIgnoreCase))
        {
            card.AppendLine("- Data licence: Fashion-MNIST, MIT licence, © 2017 Zalando SE (Xiao, Rasul and Vollgraf, arXiv:1708.07747)");
        }

        if (spec.Data.Source.Contains("voice-prompts", StringComparison.OrdinalIgnoreCase))
        {
            card.AppendLine(
                "- Data licences: recordings of Allison Smith and June Wallack, CC BY-SA 3.0, and of Carlo Flora and Maxim Topal, CC BY 3.0 (Asterisk's sounds; samples/README.md)"
            );
        }

        if (
            spec.Data.Source.Contains("brain-slabs", StringComparison.OrdinalIgnoreCase)
            || spec.Data.Source.Contains("brain-regions", StringComparison.OrdinalIgnoreCase)
        )
        {
            card.AppendLine(
                "- Data licence: MRIcron's templates, BSD-3-Clause, © 2006–2010 Chris Rorden. They are of one person's brain: the figures support no claim"
            );
        }

        AppendFiles(card, files);
        AppendLoading(card, spec, input);
        AppendProbes(card, view, input);
        card.AppendLine();
        card.AppendLine("## Spec");
        card.AppendLine();
        card.AppendLine("```json");
        card.AppendLine(JsonSerializer.Serialize(spec, Indented));
        card.AppendLine("```");
        return card.ToString().ReplaceLineEndings("\n");
    }

    private static void AppendLoading(StringBuilder card, RunSpec spec, ModelInput input)
    {
        var network = spec.Backbone.Custom;
        var hasClassToken = spec.Backbone.Pooling == Pooling.Class;
        var pooling = hasClassToken ? "" : ", class_token=False, global_pool=\"avg\", fc_norm=False";
        card.AppendLine();
        card.AppendLine("## Loading");
        card.AppendLine();
        card.AppendLine("```python");
        card.AppendLine("import timm, torch, safetensors.torch");
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"encoder = timm.models.vision_transformer.VisionTransformer(img_size=({spec.Backbone.Height}, {spec.Backbone.Width}), patch_size={network.Patch}, in_chans={spec.Backbone.Channels}, embed_dim={network.Dim}, depth={network.Depth}, num_heads={network.Heads}{pooling}, num_classes=0)"
        );
        card.AppendLine("encoder.load_state_dict(safetensors.torch.load_file(\"encoder.safetensors\"))");
        card.AppendLine("example = safetensors.torch.load_file(\"example.safetensors\")");
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"tokens = encoder.eval().forward_features(example[\"input\"])  # {(hasClassToken ? "class token, then patches" : "patches")} row by row"
        );
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"torch.testing.assert_close(tokens{(hasClassToken ? "[:, 0]" : ".mean(1)")}, example[\"features\"], rtol=0, atol=1e-4)"
        );
        card.AppendLine("```");
        card.AppendLine();
        card.AppendLine(input.Preparation);
    }

    private static void AppendFiles(StringBuilder card, IReadOnlyList<ModelFile> files)
    {
        card.AppendLine();
        card.AppendLine("## Files");
        card.AppendLine();
        card.AppendLine("| file | content | SHA-256 |");
        card.AppendLine("|---|---|---|");
        foreach (var file in files)
        {
            card.AppendLine(CultureInfo.InvariantCulture, $"| `{file.Name}` | {file.Content} | `{file.Sha256}` |");
        }
    }

    private static void AppendProbes(StringBuilder card, EvaluationView view, ModelInput input)
    {
        (string Name, ProbeView? Probe, double? Aligned)[] rows =
        [
            ("kNN (cosine, k 20)", view.Knn, view.AlignedPixelsKnn),
            ("linear", view.Linear, view.AlignedPixelsLinear),
            ("1 label a class, 10 draws", view.Labels1, null),
            ("5 labels a class, 10 draws", view.Labels5, null),
        ];
        if (rows.All(row => row.Probe is null))
        {
            return;
        }

        card.AppendLine();
        card.AppendLine("## Probes");
        card.AppendLine();
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"Accuracy on {view.TestImages} {input.Samples} that were never pretrained on, frozen features ({view.Features}), {view.TrainImages} training {input.Samples}. Protocol *{view.Protocol}*: each is seen once, {input.Unaligned}, of the same family as pretraining's."
        );
        card.AppendLine();
        card.AppendLine(
            CultureInfo.InvariantCulture,
            $"| probe | {input.Values} | random network | pretrained | {input.Values}, not cropped |"
        );
        card.AppendLine("|---|---|---|---|---|");
        foreach (var (name, probe, aligned) in rows)
        {
            if (probe is not null)
            {
                var deviation = probe.Deviation is { } d ? $" ± {Share(d)}" : "";
                card.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {Share(probe.Pixels)} | {Share(probe.Random)} | {Share(probe.Pretrained)}{deviation} | {(aligned is { } a ? Share(a) : "")} |"
                );
            }
        }
    }

    private static string Share(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string HeldOut(DataSpec data, ModelInput input) =>
        data.HoldOutSplit is { } split ? $"the split `{split}` was"
        : data.Plane is not null
            ? string.Create(CultureInfo.InvariantCulture, $"the last {data.HoldOut} volumes (or patients, where they are named) were")
        : data.Columns?.Group is { } group ? string.Create(CultureInfo.InvariantCulture, $"the last {data.HoldOut} groups (`{group}`) were")
        : string.Create(CultureInfo.InvariantCulture, $"the last {data.HoldOut} {input.Samples} (or groups, where there are any) were");
}
