using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Which files are samples, by the ends of their names, without regard to case.</summary>
internal static class SampleNames
{
    /// <summary>Ends of the names of a kind's files.</summary>
    public static IReadOnlyList<string> EndsOf(DataKind kind) =>
        kind switch
        {
            DataKind.Audio => [".wav", ".flac", ".ogg", ".oga"],
            DataKind.Volumes => [".npy", ".nii", ".nii.gz"],
            _ => [".jpg", ".jpeg", ".png", ".webp", ".bmp"],
        };

    /// <summary>What one sample file of a kind is called in messages.</summary>
    public static string Noun(DataKind kind) =>
        kind switch
        {
            DataKind.Audio => "sound",
            DataKind.Volumes => "volume",
            _ => "image",
        };

    /// <summary>The samples of a folder tree.</summary>
    public static ListedSample[] In(StoredTree tree, DataKind kind) =>
        [.. tree.Files.Where(file => IsSample(file.Path, kind)).Select(file => new ListedSample(file.Path, file.Length))];

    public static bool IsSample(string path, DataKind kind) =>
        EndsOf(kind).Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
