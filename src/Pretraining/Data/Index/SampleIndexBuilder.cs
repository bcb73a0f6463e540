using System.Text;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Makes an index of a listing.</summary>
internal static class SampleIndexBuilder
{
    /// <summary>Orders, splits, packs and fingerprints.</summary>
    /// <param name="store">Where the content for the fingerprint is read.</param>
    /// <exception cref="DataException">The listing cannot be split as the spec says, or a file cannot be read.</exception>
    public static SampleIndex Build(IDataStore store, SampleListing listing, DataSpec data)
    {
        var (samples, kept) = SampleOrder.Of(listing, data);
        var archives = samples
            .Select(sample => sample.Archive)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var columns = Pack(samples, archives, listing);
        var header = new IndexHeader
        {
            Folder = listing.Folder,
            Archives = archives,
            ClassNames = listing.ClassNames,
            IsMultiLabel = listing.IsMultiLabel,
            Masks = listing.Masks,
            PretrainingCount = columns.FirstSamples?[kept] ?? kept,
            Fingerprint = "",
            Stamps = listing.Stamps,
        };
        var fingerprint = SampleFingerprint.Of(new SampleIndex(header, columns), store);
        return new SampleIndex(header with { Fingerprint = fingerprint }, columns);
    }

    private static IndexColumns Pack(IReadOnlyList<ListedSample> samples, string[] archives, SampleListing listing)
    {
        var names = new MemoryStream();
        var firstBytes = new uint[samples.Count + 1];
        for (var i = 0; i < samples.Count; i++)
        {
            names.Write(Encoding.UTF8.GetBytes(samples[i].Path));
            firstBytes[i + 1] = checked((uint)names.Length);
        }

        return new IndexColumns
        {
            Names = names.ToArray(),
            FirstBytes = firstBytes,
            Lengths = [.. samples.Select(sample => sample.Length)],
            Archives =
                archives.Length == 0
                    ? null
                    :
                    [
                        .. samples.Select(sample =>
                            sample.Archive is { } archive ? Array.BinarySearch(archives, archive, StringComparer.Ordinal) : -1
                        ),
                    ],
            Offsets = archives.Length == 0 ? null : [.. samples.Select(sample => sample.Offset)],
            Labels = listing.IsLabeled ? [.. samples.SelectMany(sample => sample.Labels)] : null,
            FirstLabels = listing is { IsLabeled: true, IsMultiLabel: true } ? Sums(samples, sample => sample.Labels.Count) : null,
            Groups = Groups(samples),
            FirstSamples = samples.Any(sample => sample.Parts != 1) ? Sums(samples, sample => sample.Parts) : null,
        };
    }

    private static int[] Sums(IReadOnlyList<ListedSample> samples, Func<ListedSample, int> count)
    {
        var sums = new int[samples.Count + 1];
        for (var i = 0; i < samples.Count; i++)
        {
            sums[i + 1] = checked(sums[i] + count(samples[i]));
        }

        return sums;
    }

    /// <summary>Groups numbered as they come; an entry without one is a group of its own.</summary>
    private static int[]? Groups(IReadOnlyList<ListedSample> samples)
    {
        if (samples.All(sample => sample.Group is null))
        {
            return null;
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var next = 0;
        var groups = new int[samples.Count];
        for (var i = 0; i < groups.Length; i++)
        {
            if (samples[i].Group is not { } group)
            {
                groups[i] = next++;
            }
            else if (!numbers.TryGetValue(group, out groups[i]))
            {
                numbers.Add(group, groups[i] = next++);
            }
        }

        return groups;
    }
}
