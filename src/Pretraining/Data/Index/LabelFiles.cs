using System.Text;
using Orchestrator.Pretraining.Data.Audio.Labels;
using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Labels the samples of a listing by a file beside them.</summary>
internal static class LabelFiles
{
    private const string Key = "data.labels";

    /// <summary>
    /// Labels by a table, whose paths are relative to the listing's folder (samples that it does not name are left out), or by an IDX file with
    /// one label a sample in ordinal order of their paths.
    /// </summary>
    /// <exception cref="DataException">The file is missing, damaged, or of another data set.</exception>
    public static SampleListing Label(IDataStore store, SampleListing listing, DataSpec data, string path)
    {
        if (IsList(data.Kind, path))
        {
            return LabelRowsOf.Label(listing, Read(store, data, path, Key), [Stamp(store, path)]);
        }

        var labels = ClassLabels.FromIdx(IdxFile.Open(store, path, Key), listing.Samples.Count, listing.Source);
        return listing with
        {
            Samples = [.. listing.Samples.Select((sample, i) => sample with { Labels = [labels[i]] })],
            Stamps = [.. listing.Stamps, Stamp(store, path)],
            IsLabeled = true,
        };
    }

    /// <summary>A file with this name can be a list of samples: a label table or, of sounds, AST's JSON.</summary>
    public static bool IsList(DataKind kind, string path) => DataSpec.IsTable(path) || IsAst(kind, path);

    /// <summary>Reads a table of the data root.</summary>
    /// <param name="key">The spec's field that names it.</param>
    public static LabelTable Read(IDataStore store, DataSpec data, string path, string key, bool requireLabels = true)
    {
        switch (store.KindOf(path, key))
        {
            case StoredKind.Nothing:
                throw new DataException($"{key} '{path}' does not exist in the data root '{store.Name}'");
            case StoredKind.Folder:
                throw new DataException($"{key} '{path}' is a folder; give the path of a label file, or '{ClassLabels.Folders}'");
        }

        if (IsAst(data.Kind, path))
        {
            return AstLabels.Read(Text(store, path), path);
        }

        using var content = store.OpenRead(path);
        return LabelTable.Read(content, path, OptionsOf(data.Columns, requireLabels));
    }

    /// <summary>The whole text of a file, UTF-8.</summary>
    /// <exception cref="DataException">It is gone, cannot be read, or is no UTF-8.</exception>
    public static string Text(IDataStore store, string path)
    {
        using var content = store.OpenRead(path);
        // Bytes that are not UTF-8 would become other paths.
        using var reader = new StreamReader(content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new DataException($"'{path}' is not UTF-8 text; save it as UTF-8", exception);
        }
        catch (IOException exception)
        {
            throw new DataException($"'{path}' cannot be read: {exception.Message}", exception) { IsUnreadable = true };
        }
    }

    /// <exception cref="DataException">The file is gone.</exception>
    public static StoredStamp Stamp(IDataStore store, string path) =>
        store.Stamp(path) ?? throw new DataException($"'{path}' is gone from the data root '{store.Name}'") { IsUnreadable = true };

    private static bool IsAst(DataKind kind, string path) =>
        kind == DataKind.Audio && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static LabelTableOptions OptionsOf(ColumnsSpec? columns, bool requireLabels)
    {
        var options = new LabelTableOptions { RequireLabels = requireLabels };
        return columns is null
            ? options
            : options with
            {
                Columns = new LabelColumns(columns.Path, columns.Label, columns.Group, columns.Split),
                Separators = columns.Separator ?? options.Separators,
            };
    }
}
