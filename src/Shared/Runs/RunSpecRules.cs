using System.Globalization;
using System.Numerics;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>What must hold between the values of a spec, each in its own range already.</summary>
internal static class RunSpecRules
{
    /// <summary>Adds what is wrong; a rule between sections in which a value of its own is wrong already is left out, for it would speak of a stand-in.</summary>
    public static void Check(RunSpec spec, List<SpecError> errors)
    {
        var wrong = errors.Select(e => e.Path.Split('.', '[')[0]).ToHashSet(StringComparer.Ordinal);
        bool Sound(params string[] sections) => !sections.Any(wrong.Contains) && !wrong.Contains("(document)");
        if (Sound("batch", "workers"))
        {
            CheckBatch(spec, errors);
        }

        if (Sound("backbone"))
        {
            CheckBackbone(spec.Backbone, errors);
        }

        if (Sound("backbone", "options"))
        {
            CheckCorruption(spec, errors);
            if (spec.Options.LocalViews is { } locals)
            {
                LocalViewRules.Check(spec, locals, errors);
            }

            if (spec.Options.Spectrogram is { } spectrogram)
            {
                SpectrogramRules.Check(spectrogram, spec.Backbone, errors);
            }
        }

        if (Sound("data", "probes"))
        {
            CheckData(spec, errors);
        }

        if (Sound("optimizer", "batch"))
        {
            CheckOptimizer(spec, errors);
        }

        CheckNotBuilt(spec, errors);
    }

    private static void CheckOptimizer(RunSpec spec, List<SpecError> errors)
    {
        var peak = spec.Optimizer.BaseLearningRate * spec.Batch.Size / 256;
        if (spec.Optimizer.MinLearningRate > peak)
        {
            errors.Add(
                Error(
                    "optimizer.minLearningRate",
                    spec.Optimizer.MinLearningRate,
                    $"must not be above the peak learning rate, {Text(peak)} (baseLearningRate · batch.size / 256)"
                )
            );
        }
    }

    private static void CheckBatch(RunSpec spec, List<SpecError> errors)
    {
        var (size, shards) = (spec.Batch.Size, spec.Batch.Shards);
        if (!BitOperations.IsPow2(shards))
        {
            errors.Add(
                Error(
                    "batch.shards",
                    shards,
                    $"must be a power of two: {BitOperations.RoundUpToPowerOf2((uint)shards) / 2} or {BitOperations.RoundUpToPowerOf2((uint)shards)}"
                )
            );
        }
        else if (size % shards != 0)
        {
            errors.Add(Error("batch.shards", shards, $"must divide batch.size, {size}, evenly"));
        }
        else if (size / shards < 2)
        {
            errors.Add(
                Error(
                    "batch.shards",
                    shards,
                    $"leaves {size / shards} sample a shard of batch.size {size}; at least 2 are needed (a shard's batch-mates, and fixed bits in its matrix products)"
                )
            );
        }

        if (spec.Workers.Max > shards)
        {
            errors.Add(
                Error("workers.max", spec.Workers.Max, $"must not be above batch.shards, {shards}: a worker needs a shard of its own")
            );
        }

        if (spec.Workers.Min > shards)
        {
            errors.Add(Error("workers.min", spec.Workers.Min, $"must not be above batch.shards, {shards}"));
        }
    }

    private static void CheckBackbone(BackboneSpec backbone, List<SpecError> errors)
    {
        var network = backbone.Custom;
        if (network.Dim % network.Heads != 0)
        {
            errors.Add(Error("backbone.custom.heads", network.Heads, $"must divide backbone.custom.dim, {network.Dim}, evenly"));
        }

        if (backbone.Height % network.Patch != 0 || backbone.Width % network.Patch != 0)
        {
            errors.Add(
                new SpecError(
                    "backbone.image",
                    $"[{backbone.Height}, {backbone.Width}]",
                    $"both sides must be multiples of the patch, {network.Patch}"
                )
            );
        }

        if (backbone.Channels == 2)
        {
            errors.Add(Error("backbone.channels", 2, "must be 1 (grey) or 3 (RGB)"));
        }
    }

    private static void CheckCorruption(RunSpec spec, List<SpecError> errors)
    {
        if (spec.Options.Corruption is not { } corruption)
        {
            return;
        }

        int[] sides = CorruptedLocals(spec) is { } locals
            ? [spec.Backbone.Height, spec.Backbone.Width, locals.Height, locals.Width]
            : [spec.Backbone.Height, spec.Backbone.Width];
        var shorter = sides.Min();
        var largest = (int)(corruption.Block.High * shorter);
        if (corruption.Align >= largest)
        {
            errors.Add(
                Error(
                    "options.corruption.align",
                    corruption.Align,
                    $"must be below the largest block side, {largest} px (options.corruption.block {Text(corruption.Block.High)} of {shorter} px), or no block can be drawn"
                )
            );
        }

        foreach (var side in sides.Distinct())
        {
            if (corruption.Align > 1 && 2 * (side % corruption.Align) >= corruption.Align)
            {
                errors.Add(
                    Error(
                        "options.corruption.align",
                        corruption.Align,
                        $"{side} px leave a rest of {side % corruption.Align}, half an alignment or more: positions would round beyond the border; take a divisor of {side}"
                    )
                );
            }
        }
    }

    /// <summary>Local views are corrupted where they are reconstructed.</summary>
    private static LocalViewOptions? CorruptedLocals(RunSpec spec) => spec.Options.ReconstructsLocalViews ? spec.Options.LocalViews : null;

    private static void CheckData(RunSpec spec, List<SpecError> errors)
    {
        var data = spec.Data;
        foreach (var (path, value) in new[] { (data.SourceKey, data.Source), ("data.labels", data.Labels), ("data.masks", data.Masks) })
        {
            if (value is not null && (Path.IsPathRooted(value) || value.Split('/', '\\').Contains("..")))
            {
                errors.Add(new SpecError(path, value, "must be a path below the worker's data root, without .. and not absolute"));
            }
        }

        CheckLayout(data, spec.Probes.Count > 0, errors);
        if (spec.Probes.Count > 0 && data.Labels is null && !data.MayCarryLabels)
        {
            errors.Add(
                new SpecError(
                    "probes",
                    null,
                    data.Layout == DataLayout.Mrnet
                        ? "need data.labels: a task of the layout, as acl of train-acl.csv"
                        : "need data.labels: a label file, or folders"
                )
            );
        }

        if (spec.Probes.Count > 0 && !data.HoldsOut)
        {
            errors.Add(
                new SpecError("probes", null, "need data.holdOut (so many samples that are never pretrained on) or data.holdOutSplit")
            );
        }

        if (spec.Probes.GroupBy(p => p.Protocol).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            errors.Add(new SpecError("probes", SpecWords.Word(twice.Key), "stands twice"));
        }
    }

    private static void CheckLayout(DataSpec data, bool hasProbes, List<SpecError> errors)
    {
        var word = SpecWords.Word(data.Layout);
        if (data.Layout != DataLayout.Plain && data.Columns is not null)
        {
            errors.Add(new SpecError("data.columns", "{…}", $"is for tables of your own; layout {word} knows its columns"));
        }

        if (data.Layout is DataLayout.Esc50 or DataLayout.SpeechCommands && data.Labels is not null)
        {
            errors.Add(new SpecError("data.labels", data.Labels, $"must be left out: layout {word} finds its labels in data.audio"));
        }

        if (data.Layout == DataLayout.Audioset && data.Labels is null)
        {
            errors.Add(new SpecError("data.labels", null, $"is missing: layout {word} needs the path of its segment list (.csv)"));
        }

        if (data.Layout == DataLayout.Audioset && hasProbes)
        {
            errors.Add(new SpecError("probes", null, $"need one label a sample, and the sounds of layout {word} have several"));
        }
    }

    /// <summary>Values of the schema that this version does not train with: refused, never ignored.</summary>
    private static void CheckNotBuilt(RunSpec spec, List<SpecError> errors)
    {
        if (spec.Determinism != Determinism.Strict)
        {
            errors.Add(new SpecError("determinism", SpecWords.Word(spec.Determinism), "this version is strict only"));
        }
    }

    private static SpecError Error(string path, IFormattable value, string problem) => new(path, Text(value), problem);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
