using System.Text;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// Where each sample of a data set is and what it is, packed into columns: under 200 bytes an entry. An entry is a file or a member of an
/// archive; a volume is one entry of several samples. Immutable: any thread may read it.
/// </summary>
internal sealed class SampleIndex
{
    private readonly IndexHeader header;
    private readonly IndexColumns columns;

    public SampleIndex(IndexHeader header, IndexColumns columns)
    {
        (this.header, this.columns) = (header, columns);
        Labels = columns.Labels is null || header.IsMultiLabel ? null : SampleLabels();
    }

    /// <summary>Entries, at least 1.</summary>
    public int Entries => columns.Lengths.Length;

    /// <summary>Samples, at least 1; those that are held out come last.</summary>
    public int Count => columns.FirstSamples is null ? Entries : columns.FirstSamples[^1];

    /// <summary>Samples 0 … PretrainingCount − 1 are pretrained on.</summary>
    public int PretrainingCount => header.PretrainingCount;

    /// <summary>64 hex digits: see <see cref="SampleFingerprint"/>.</summary>
    public string Fingerprint => header.Fingerprint;

    /// <summary>The class of each sample; null without labels, or where samples have several.</summary>
    public IReadOnlyList<int>? Labels { get; }

    /// <summary>By class number; null where classes have none.</summary>
    public IReadOnlyList<string>? ClassNames => header.ClassNames;

    /// <summary>What it was made from and is to be compared with.</summary>
    public IndexHeader Header => header;

    /// <summary>As it stands on disk.</summary>
    public IndexColumns Columns => columns;

    /// <summary>The entry of a sample, and its number in it.</summary>
    /// <param name="sample">0 … Count − 1.</param>
    public (int Entry, int Part) Locate(long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Count);
        if (columns.FirstSamples is not { } firsts)
        {
            return ((int)sample, 0);
        }

        var found = Array.BinarySearch(firsts, (int)sample);
        var entry = found >= 0 ? found : ~found - 1;
        return (entry, (int)sample - firsts[entry]);
    }

    /// <summary>Samples of an entry: the slices of a volume, else 1.</summary>
    public int PartsOf(int entry) => columns.FirstSamples is { } firsts ? firsts[entry + 1] - firsts[entry] : 1;

    /// <summary>Where an entry is.</summary>
    public SamplePlace PlaceOf(int entry)
    {
        var name = Encoding.UTF8.GetString(columns.Name(entry));
        var archive = columns.Archives is { } archives && archives[entry] >= 0 ? header.Archives[archives[entry]] : null;
        return SamplePlace.Below(header.Folder, archive, name, columns.Offsets?[entry] ?? 0, columns.Lengths[entry]);
    }

    /// <summary>The classes of an entry, ascending; empty without labels.</summary>
    public ReadOnlySpan<int> LabelsOf(int entry) =>
        columns.Labels is not { } labels ? []
        : columns.FirstLabels is { } firsts ? labels.AsSpan(firsts[entry]..firsts[entry + 1])
        : labels.AsSpan(entry, 1);

    /// <summary>The number of an entry's group; its own number where there are no groups.</summary>
    public int GroupOf(int entry) => columns.Groups?[entry] ?? entry;

    /// <summary>First sample of each group of those pretrained on, ascending; a volume without a group is one of its own. Null where there are neither.</summary>
    public IReadOnlyList<int>? GroupStarts() =>
        columns is { Groups: null, FirstSamples: null }
            ? null
            : [.. FirstEntries().Select(FirstSample).TakeWhile(sample => sample < PretrainingCount)];

    /// <summary>Each group with all of its samples, held-out ones too, named by its first entry; an entry without a group is one of its own.</summary>
    public IReadOnlyList<Exam> Groups()
    {
        int[] entries = [.. FirstEntries(), Entries];
        return
        [
            .. entries
                .Zip(entries.Skip(1))
                .Select(each => new Exam(
                    PlaceOf(each.First).ToString(),
                    FirstSample(each.First),
                    FirstSample(each.Second) - FirstSample(each.First)
                )),
        ];
    }

    /// <summary>The first entry of each group: a group's entries stand together (<see cref="SampleOrder"/>).</summary>
    private IEnumerable<int> FirstEntries() =>
        Enumerable.Range(0, Entries).Where(entry => entry == 0 || GroupOf(entry) != GroupOf(entry - 1));

    /// <summary>Of an entry, or the count of all after the last.</summary>
    private int FirstSample(int entry) => columns.FirstSamples?[entry] ?? entry;

    private int[] SampleLabels()
    {
        if (columns.FirstSamples is not { } firsts)
        {
            return columns.Labels!;
        }

        var labels = new int[Count];
        for (var entry = 0; entry < Entries; entry++)
        {
            labels.AsSpan(firsts[entry]..firsts[entry + 1]).Fill(columns.Labels![entry]);
        }

        return labels;
    }
}
