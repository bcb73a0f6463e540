using Orchestrator.Pretraining.Data.Audio.Labels;
using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Lists collections of sound as they are published, with the label files that come with them.</summary>
internal static class AudioListers
{
    /// <summary>Lists a folder in a layout of sounds.</summary>
    /// <exception cref="DataException">It is no folder in this layout, or a label file is missing, wrong or of other sounds.</exception>
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        if (store.KindOf(data.Source, data.SourceKey) != StoredKind.Folder)
        {
            throw new DataException(
                $"{data.SourceKey} '{data.Source}' is no folder; layout {SpecWords.Word(data.Layout)} needs the folder of its sounds"
            );
        }

        return data.Layout switch
        {
            DataLayout.Audioset => Audioset(store, data),
            DataLayout.Esc50 => Esc50(store, data),
            DataLayout.SpeechCommands => SpeechCommands(store, data),
            DataLayout.Voxceleb => VoxCeleb(store, data),
            var layout => throw new DataException($"data.layout {SpecWords.Word(layout)} is no layout of sounds"),
        };
    }

    /// <summary>Clips by their YouTube ids; clips that a list names and nobody has any more are left out, as are those that it does not name.</summary>
    private static SampleListing Audioset(IDataStore store, DataSpec data)
    {
        const string namesFile = "class_labels_indices.csv";
        var path = Required(store, data.Labels!, "data.labels", "the segment list of AudioSet (.csv)");
        var names = Beside(path, namesFile);
        var hasNames = store.KindOf(names, "data.labels") == StoredKind.File;
        var table = AudioLabels.AudioSet(
            LabelFiles.Text(store, path),
            path,
            hasNames ? AudioLabels.AudioSetNames(LabelFiles.Text(store, names), names) : null
        );
        var listing = Folder(store, data, data.Source);
        var clips = AudioSetClips.ByRow(listing, table);
        return LabelRowsOf.Label(
            listing,
            new LabelTable(table.Name, clips, table.IsMultiLabel, table.RowNoun),
            [LabelFiles.Stamp(store, path), .. hasNames ? [LabelFiles.Stamp(store, names)] : Array.Empty<StoredStamp>()]
        );
    }

    private static SampleListing Esc50(IDataStore store, DataSpec data)
    {
        var path = Required(store, $"{Root(data)}/meta/esc50.csv", data.SourceKey, "the labels of ESC-50");
        return LabelRowsOf.Label(
            Folder(store, data, $"{Root(data)}/audio"),
            AudioLabels.Esc50(LabelFiles.Text(store, path), path),
            [LabelFiles.Stamp(store, path)]
        );
    }

    private static SampleListing SpeechCommands(IDataStore store, DataSpec data)
    {
        var validation = Required(store, $"{Root(data)}/validation_list.txt", data.SourceKey, "the list of the validation split");
        var testing = Required(store, $"{Root(data)}/testing_list.txt", data.SourceKey, "the list of the testing split");
        var listing = Folder(store, data, data.Source);
        var table = AudioLabels.SpeechCommands(
            data.Source,
            listing.Samples.Select(sample => sample.Path),
            LabelFiles.Text(store, validation),
            LabelFiles.Text(store, testing)
        );
        return LabelRowsOf.Label(listing, table, [LabelFiles.Stamp(store, validation), LabelFiles.Stamp(store, testing)]);
    }

    private static SampleListing VoxCeleb(IDataStore store, DataSpec data)
    {
        const string list = "iden_split.txt";
        const string what = "the list of speakers and splits, iden_split.txt";
        var inside = $"{Root(data)}/{list}";
        var path =
            data.Labels is { } given ? Required(store, given, "data.labels", what)
            : store.KindOf(inside, data.SourceKey) == StoredKind.File ? inside
            : Required(store, Beside(data.Source, list), data.SourceKey, $"{what} (in {data.SourceKey}, beside it, or as data.labels)");
        return LabelRowsOf.Label(
            Folder(store, data, data.Source),
            AudioLabels.VoxCeleb(LabelFiles.Text(store, path), path),
            [LabelFiles.Stamp(store, path)]
        );
    }

    private static SampleListing Folder(IDataStore store, DataSpec data, string folder)
    {
        var tree = store.List(folder);
        var samples = SampleNames.In(tree, data.Kind);
        return samples.Length > 0
            ? new SampleListing(data.Source, folder, samples, tree.Stamps)
            : throw new DataException(
                $"'{folder}' holds no sound; layout {SpecWords.Word(data.Layout)} has its {string.Join(", ", SampleNames.EndsOf(data.Kind))} files there"
            );
    }

    private static string Required(IDataStore store, string path, string key, string what) =>
        store.KindOf(path, key) == StoredKind.File
            ? path
            : throw new DataException($"'{path}' is no file of the data root '{store.Name}'; it should be {what}");

    private static string Root(DataSpec data) => data.Source.TrimEnd('/');

    private static string Beside(string path, string name) =>
        path.TrimEnd('/').LastIndexOf('/') is var slash and >= 0 ? $"{path[..slash]}/{name}" : name;
}
