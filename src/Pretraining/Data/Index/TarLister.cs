using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// Lists tar shards as WebDataset writes them: members <c>key.jpg</c>, and <c>key.cls</c> with the class (a number or a word) beside it. The
/// samples are read where they lie, in any order.
/// </summary>
internal static class TarLister
{
    /// <exception cref="DataException">A shard is missing or damaged, holds nothing, or its labels do not fit.</exception>
    public static SampleListing List(IDataStore store, DataSpec data)
    {
        var paths = TarNames.Find(store, data.Source, data.SourceKey);
        var slash = data.Source.LastIndexOf('/');
        var folder = slash < 0 ? "" : data.Source[..slash];
        // A brace may stand in the folder's name: then paths are relative to the root.
        folder = paths.All(path => folder.Length == 0 || path.StartsWith(folder + "/", StringComparison.Ordinal)) ? folder : "";
        var start = folder.Length == 0 ? 0 : folder.Length + 1;
        var members = paths
            .SelectMany(path => TarMembers.Read(store, path, data.Kind).Select(member => (Archive: path[start..], Member: member)))
            .ToArray();
        if (members.Length == 0)
        {
            throw new DataException(
                $"'{data.Source}' holds no {SampleNames.Noun(data.Kind)} ({string.Join(", ", SampleNames.EndsOf(data.Kind))})"
            );
        }

        var samples = members.Select(m => new ListedSample(m.Member.Name, m.Member.Length)
        {
            Archive = m.Archive,
            Offset = m.Member.Offset,
        });
        var listing = new SampleListing(data.Source, folder, [.. samples], [.. paths.Select(path => LabelFiles.Stamp(store, path))]);
        return data.Labels switch
        {
            null => Label(listing, [.. members.Select(m => m.Member.Class)]),
            ClassLabels.Folders => FolderClasses.Label(listing),
            var table => LabelFiles.Label(store, listing, data, table),
        };
    }

    /// <summary>By the members' own classes: all or none have one.</summary>
    private static SampleListing Label(SampleListing listing, string?[] classes)
    {
        if (classes.All(name => name is null))
        {
            return listing;
        }

        if (Array.FindIndex(classes, name => name is null) is var without and >= 0)
        {
            throw new DataException(
                $"'{listing.Samples[without].Name}' has no .cls member beside it, and {classes.Count(name => name is not null)} of {classes.Length} samples have one; add it, or give data.labels"
            );
        }

        var rows = listing.Samples.Select((sample, i) => new LabelRow(sample.Name, [classes[i]!], Group: null, Split: null, Line: i + 1));
        var numbers = ClassNumbers.Of([.. rows], listing.Source, classes: null);
        return listing with
        {
            Samples = [.. listing.Samples.Select((sample, i) => sample with { Labels = numbers.OfRows[i] })],
            IsLabeled = true,
            ClassNames = numbers.Names,
        };
    }
}
