namespace Orchestrator.Shared.Runs;

/// <summary>Reads <c>data</c>.</summary>
internal static class DataReader
{
    private const int LongestPath = 1000;

    public static DataSpec Read(SpecReader reader, bool given, MethodName method)
    {
        var data = new DataSpec
        {
            Images = reader.Text("images", null, LongestPath),
            Audio = reader.Text("audio", null, LongestPath),
            Volumes = reader.Text("volumes", null, LongestPath),
            Layout = ReadLayout(reader),
            Labels = reader.Text("labels", null, LongestPath),
            Columns = ReadColumns(reader),
            Masks = reader.Text("masks", null, LongestPath),
            Plane = reader.Has("volumes") ? reader.Choice("plane", SlicePlane.Axial) : null,
            HoldOut = reader.Integer("holdOut", 0, 0, int.MaxValue),
            HoldOutSplit = reader.Text("holdOutSplit"),
            MaxDamaged = reader.Integer("maxDamaged", 10, 0, 1_000_000),
            // SB-SSL: exams have different numbers of slices.
            Sampling = reader.Choice(
                "sampling",
                method == MethodName.SbSsl && reader.Has("volumes") ? Sampling.Balanced : Sampling.Uniform
            ),
            LastBatch = reader.Choice("lastBatch", LastBatch.Drop),
            Prefetch = reader.Integer("prefetch", 256, 0, 1 << 20),
            ReducedDecode = reader.Boolean("reducedDecode", true),
        };
        if (!reader.Has("volumes") && reader.Has("plane"))
        {
            reader.Fail("plane", "is for data.volumes only");
            reader.Text("plane");
        }

        CheckSource(reader, data, given);
        reader.End();
        return data;
    }

    private static DataLayout ReadLayout(SpecReader reader)
    {
        var layout = reader.Choice("layout", DataLayout.Plain);
        var needed = layout switch
        {
            DataLayout.Plain => null,
            DataLayout.Mrnet => "volumes",
            DataLayout.Voc => "images",
            _ => "audio",
        };
        if (needed is not null && !reader.Has(needed))
        {
            reader.Fail("layout", $"is a layout of data.{needed}");
        }

        return layout;
    }

    private static ColumnsSpec? ReadColumns(SpecReader reader)
    {
        var given = reader.Has("columns");
        var columns = reader.Mapping("columns");
        var read = new ColumnsSpec(
            columns.Text("path"),
            columns.Text("label"),
            columns.Text("group"),
            columns.Text("split"),
            columns.Text("separator", null, 1)
        );
        columns.End();
        return given ? read : null;
    }

    private static void CheckSource(SpecReader reader, DataSpec data, bool given)
    {
        var sources = new[] { data.Images, data.Audio, data.Volumes }.Count(source => source is not null);
        if (sources == 0)
        {
            reader.Fail(
                "images",
                given
                    ? "is missing: images, audio or volumes, a path relative to the worker's data root"
                    : "is missing: every run needs data: { images: … } (or audio, or volumes)"
            );
        }
        else if (sources > 1)
        {
            reader.Fail(data.Volumes is null ? "audio" : "volumes", "give one of images, audio and volumes");
        }

        if (data.Columns is not null && data.Layout == DataLayout.Plain && !new[] { data.Source, data.Labels }.Any(DataSpec.IsTable))
        {
            reader.Fail("columns", "name the columns of a table: give data.labels, or the source itself, a .csv, .tsv or .jsonl file");
        }

        if (data.HoldOut > 0 && data.HoldOutSplit is not null)
        {
            reader.Fail("holdOutSplit", "give holdOut or holdOutSplit, not both");
        }

        if (data.Masks is not null && data.Images is null)
        {
            reader.Fail("masks", "belong to data.images");
        }
    }
}
