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
                kind == DataKind.Audio ? null : ReadAugmentation(reader.Mapping("augmentation"), backbone.Channels, locals is not null),
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

    private static AugmentationOptions ReadAugmentation(SpecReader reader, int channels, bool hasLocalViews)
    {
        // GMML's: where small parts are seen by local views, the global ones leave them out.
        var cropScale = reader.Interval("cropScale", new Interval(hasLocalViews ? 0.25 : 0.05, 1), 1e-4, 1);
        var cropRatio = reader.Interval("cropRatio", new Interval(3.0 / 4, 4.0 / 3), 0.05, 20);
        var flip = reader.Number("flip", 0.5, 0, 1);
        var interpolation = reader.Choice("interpolation", InterpolationKind.Bicubic);
        var jitter = reader.Mapping("jitter");
        var jitterOptions = new JitterOptions(
            jitter.Number("probability", 0.3, 0, 1),
            jitter.Number("brightness", 0.1, 0, 1),
            jitter.Number("contrast", 0.1, 0, 1),
            jitter.Number("saturation", 0.1, 0, 1),
            jitter.Number("hue", 0.01, 0, 0.5)
        );
        jitter.End();
        var grayscale = reader.Number("grayscale", 0, 0, 1);
        var blur = reader.Mapping("blur");
        var blurOptions = new BlurOptions(blur.Number("probability", 0.1, 0, 1), blur.Interval("radius", new Interval(0.1, 2), 0.01, 50));
        blur.End();
        var solarize = reader.Mapping("solarize");
        var solarizeOptions = new SolarizeOptions(
            solarize.Number("probability", SolarizeOptions.Never.Probability, 0, 1),
            solarize.Number("threshold", SolarizeOptions.Never.Threshold, 0, 1)
        );
        solarize.End();
        var normalization = ReadNormalization(reader.Mapping("normalization"), channels);
        reader.End();
        return new AugmentationOptions(cropScale, cropRatio, flip, interpolation, jitterOptions, blurOptions, normalization)
        {
            Grayscale = grayscale,
            Solarize = solarizeOptions,
        };
    }

    private static NormalizationOptions ReadNormalization(SpecReader reader, int channels)
    {
        // ImageNet's, as the reference; a grey image takes the channels' average.
        IReadOnlyList<double> mean = channels == 3 ? [0.485, 0.456, 0.406] : [0.449];
        IReadOnlyList<double> deviation = channels == 3 ? [0.229, 0.224, 0.225] : [0.226];
        var options = new NormalizationOptions(
            reader.Numbers("mean", -1000, 1000) ?? mean,
            reader.Numbers("deviation", 1e-6, 1000) ?? deviation
        );
        if (options.Mean.Count != 1 && options.Mean.Count != channels)
        {
            reader.Fail("mean", $"must have 1 or {channels} numbers (backbone.channels)");
        }

        if (options.Deviation.Count != 1 && options.Deviation.Count != channels)
        {
            reader.Fail("deviation", $"must have 1 or {channels} numbers (backbone.channels)");
        }

        reader.End();
        return options;
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
