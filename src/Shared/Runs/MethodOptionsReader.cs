using Orchestrator.Shared.Methods;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>options</c> with the defaults of the method's paper (docs/methods.md).</summary>
internal static class MethodOptionsReader
{
    public static MethodOptions Read(SpecReader reader, MethodName method, BackboneSpec backbone, DataKind kind)
    {
        var corrupts = method is not (MethodName.Clustering or MethodName.Contrastive);
        var locals = LocalViewReader.Read(reader, backbone, kind);
        var options = new MethodOptions
        {
            Views = reader.Integer("views", 2, 1, 2),
            Augmentation =
                kind == DataKind.Audio
                    ? null
                    : AugmentationReader.Read(
                        reader.Mapping("augmentation"),
                        backbone.Channels,
                        AugmentationReader.Usual(backbone.Channels, locals is not null)
                    ),
            Spectrogram = kind == DataKind.Audio ? SpectrogramReader.Read(reader.Mapping("spectrogram"), backbone) : null,
            LocalViews = locals,
            Corruption = corrupts ? ReadCorruption(reader.Mapping("corruption"), method, kind) : null,
            Reconstruction = corrupts ? ReadReconstruction(reader.Mapping("reconstruction"), method, backbone.Custom.Depth) : null,
        };
        if (method == MethodName.Contrastive)
        {
            options = ContrastiveOptionsReader.Read(reader, options);
        }
        else if (method is not (MethodName.Gmml or MethodName.Mim))
        {
            options = ClusteringOptionsReader.Read(reader, method, options);
        }

        RefuseOfOtherKinds(reader, kind);
        reader.End();
        return options;
    }

    private static void RefuseOfOtherKinds(SpecReader reader, DataKind kind)
    {
        var (key, problem) =
            kind == DataKind.Audio
                ? ("augmentation", "is for images and volumes; options.spectrogram says how views are cut from sounds")
                : ("spectrogram", "is for data.audio only");
        if (reader.Has(key))
        {
            reader.Fail(key, problem);
            reader.Mapping(key);
        }
    }

    private static CorruptionOptions ReadCorruption(SpecReader reader, MethodName method, DataKind kind)
    {
        var asit = method == MethodName.Asit;
        var fill = ReadFill(reader, asit ? FillKind.Zeros : FillKind.Noise, kind);
        var area = reader.Interval("area", new Interval(0.5, asit ? 0.7 : 0.75), 0, 0.95);
        var block = reader.Interval("block", new Interval(0, 0.3), 0, 1);
        var align = reader.Integer("align", 1, 1, 4096);
        var replace = reader.Mapping("replace");
        // GMML's code counts the replacement as one more kind; ASiT's and MC-SSL's take a half whatever the kinds.
        var probability = method is MethodName.Gmml or MethodName.Mim ? 1.0 / (fill.Kinds.Count + 1) : 0.5;
        var replaceOptions = new ReplaceOptions(
            replace.Number("probability", probability, 0, 1),
            replace.Interval("area", Interval.At(0.3), 0, 0.95)
        );
        replace.End();
        reader.End();
        return new CorruptionOptions(fill, area, block, align, replaceOptions);
    }

    private static FillKinds ReadFill(SpecReader reader, FillKind fallback, DataKind kind)
    {
        if (reader.Choices<FillKind>("fill") is not { } kinds)
        {
            return fallback;
        }

        foreach (var band in kinds.Where(k => kind != DataKind.Audio && k is (FillKind.Time or FillKind.Frequency)))
        {
            reader.Fail("fill", $"{SpecWords.Word(band)} blanks bands of a spectrogram: for data.audio only");
        }

        return new FillKinds(kinds);
    }

    private static ReconstructionOptions ReadReconstruction(SpecReader reader, MethodName method, int depth)
    {
        var asit = method == MethodName.Asit;
        // GMML: blocks 6, 8, 10 and 12 of 12, at any depth. ASiT: the last.
        int[] blocks = asit
            ? [depth]
            : [.. new[] { depth / 2.0, depth * 2 / 3.0, depth * 5 / 6.0, depth }.Select(b => Math.Max(1, (int)Math.Round(b))).Distinct()];
        var options = new ReconstructionOptions(
            reader.Integers("blocks", 1, depth) ?? blocks,
            reader.Boolean("maskedOnly", true),
            reader.Integers("hidden", 1, 65536) ?? (asit ? [768, 768, 128] : null)
        );
        if (options.Hidden is { Count: not 3 })
        {
            reader.Fail("hidden", "must be the widths of three layers");
        }

        if (options.Blocks.Count == 0 || options.Blocks.Distinct().Count() != options.Blocks.Count)
        {
            reader.Fail("blocks", "must name at least one block, each once");
        }

        reader.End();
        return options;
    }
}
