namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>backbone</c>: a preset's name, or sizes of one's own under <c>custom</c>.</summary>
internal static class BackboneReader
{
    private static readonly Dictionary<string, NetworkSpec> Presets = new(StringComparer.Ordinal)
    {
        ["vit-tiny"] = new NetworkSpec(16, 192, 12, 3),
        ["vit-small"] = new NetworkSpec(16, 384, 12, 6),
        ["vit-base"] = new NetworkSpec(16, 768, 12, 12),
    };

    public static BackboneSpec Read(SpecReader parent, MethodName method, DataKind kind)
    {
        var reader = parent.Mapping("backbone");
        var preset = reader.Text("preset", "vit-small")!;
        if (!Presets.TryGetValue(preset, out var network))
        {
            reader.Fail("preset", $"must be one of {string.Join(", ", Presets.Keys)}, or give custom: {{ patch, dim, depth, heads }}");
            network = Presets["vit-small"];
        }

        if (reader.Has("custom"))
        {
            if (reader.Has("preset"))
            {
                reader.Fail("preset", "give preset or custom, not both");
            }

            var custom = reader.Mapping("custom");
            network = new NetworkSpec(
                custom.Integer("patch", 16, 1, 1024),
                custom.Integer("dim", 384, 2, 16384),
                custom.Integer("depth", 12, 1, 1024),
                custom.Integer("heads", 6, 1, 1024)
            );
            custom.End();
        }

        // A spectrogram of 6 s is 592 frames of 128 mel bands (ASiT).
        var image = reader.Integers("image", 1, 16384) ?? (kind == DataKind.Audio ? [592, 128] : [224]);
        if (image.Count is < 1 or > 2)
        {
            reader.Fail("image", kind == DataKind.Audio ? "must be [frames, mel bands]" : "must be one side in pixels, or [height, width]");
            image = [224];
        }

        var backbone = new BackboneSpec(
            network,
            [image[0], image[^1]],
            reader.Integer("channels", kind == DataKind.Images ? 3 : 1, 1, 3),
            reader.Choice("initialization", Initialization.TruncatedNormal),
            reader.Number("dropPath", method is MethodName.Gmml or MethodName.Mim or MethodName.Asit ? 0.1 : 0.0, 0, 0.9)
        )
        {
            Pooling = reader.Choice("pooling", Pooling.Class),
            Positions = reader.Choice("positions", PositionRule.Scale),
        };
        reader.End();
        return backbone;
    }
}
