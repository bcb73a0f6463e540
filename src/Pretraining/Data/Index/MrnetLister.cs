using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// Lists the volumes of one plane of a data set in MRNet's layout. An exam is a group, <c>train</c> and <c>valid</c> are its splits, and a label is
/// that of one task, for every slice of the exam.
/// </summary>
internal static class MrnetLister
{
    private const string TableEnd = ".csv";

    /// <exception cref="DataException">It is no such data set, is incomplete, or has no such plane or task.</exception>
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        var tree = store.List(data.Source);
        var tables = data.Labels is null ? [] : Tables(tree);
        var layout = MrnetLayout.Read(
            tree.Files.Select(file => file.Path),
            tables.ToDictionary(table => table, table => LabelFiles.Text(store, InSource(data, table)), StringComparer.Ordinal),
            data.Source
        );
        var labels = data.Labels is { } task ? layout.LabelsOf(task) : null;
        var lengths = tree.Files.ToDictionary(file => file.Path, file => file.Length, StringComparer.Ordinal);
        ListedSample[] samples =
        [
            .. layout
                .Volumes.Index()
                .Where(volume => volume.Item.Plane == data.Plane)
                .Select(volume => new ListedSample(volume.Item.Path, lengths[volume.Item.Path])
                {
                    Labels = labels is null ? [] : [labels[volume.Index]],
                    Group = volume.Item.Exam,
                    Split = volume.Item.Split,
                }),
        ];
        if (samples.Length == 0)
        {
            var planes = layout.Volumes.Select(volume => volume.Plane).Distinct().Order().Select(plane => SpecWords.Word(plane));
            throw new DataException(
                $"'{data.Source}' has no volumes of data.plane {SpecWords.Word(data.Plane ?? SlicePlane.Axial)}; its planes: {string.Join(", ", planes)}"
            );
        }

        return new SampleListing(
            data.Source,
            data.Source,
            samples,
            [.. tree.Stamps, .. tables.Select(table => LabelFiles.Stamp(store, InSource(data, table)))]
        )
        {
            IsLabeled = labels is not null,
        };
    }

    private static string[] Tables(StoredTree tree) =>
        [
            .. tree
                .Files.Select(file => file.Path)
                .Where(path =>
                    path.EndsWith(TableEnd, StringComparison.Ordinal)
                    && !path.Contains('/', StringComparison.Ordinal)
                    && path.Contains('-', StringComparison.Ordinal)
                ),
        ];

    private static string InSource(DataSpec data, string path) => $"{data.Source.TrimEnd('/')}/{path}";
}
