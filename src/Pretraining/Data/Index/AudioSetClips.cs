using Orchestrator.Pretraining.Data.Labels;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>
/// Finds the clips of AudioSet's rows: files named by the YouTube id, alone (<c>ID.wav</c>), with the segment after it (<c>ID_30.000.flac</c>),
/// or with Y before it, in any folder.
/// </summary>
internal static class AudioSetClips
{
    private const int IdLength = 11;

    /// <summary>The rows whose clip is there, with its path instead of its id.</summary>
    /// <exception cref="DataException">No clip is there, or one twice.</exception>
    public static IReadOnlyList<LabelRow> ByRow(SampleListing listing, LabelTable table)
    {
        var ids = table.Rows.Select(row => row.Path).ToHashSet(StringComparer.Ordinal);
        var clips = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in listing.Samples.Select(sample => sample.Path))
        {
            if (Candidates(Path.GetFileNameWithoutExtension(path)).FirstOrDefault(ids.Contains) is { } id && !clips.TryAdd(id, path))
            {
                throw new DataException($"'{listing.Folder}' has two clips of '{id}', '{clips[id]}' and '{path}'; remove one");
            }
        }

        return clips.Count > 0
            ? [.. table.Rows.Where(row => clips.ContainsKey(row.Path)).Select(row => row with { Path = clips[row.Path] })]
            : throw new DataException(
                $"none of the {listing.Samples.Count} sounds in '{listing.Folder}' is named by one of the {table.Rows.Count} ids of '{table.Name}'; clips are called ID.wav, ID_start.wav or YID.wav"
            );
    }

    private static IEnumerable<string> Candidates(string name)
    {
        yield return name;
        if (name.Length > IdLength && name[IdLength] == '_')
        {
            yield return name[..IdLength];
        }

        if (name.StartsWith('Y'))
        {
            yield return name[1..];
            if (name.Length > IdLength + 1 && name[IdLength + 1] == '_')
            {
                yield return name[1..(IdLength + 1)];
            }
        }
    }
}
