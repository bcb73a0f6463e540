namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>Names of a label table's columns (keys of a JSON line). What is null is found by its usual names, without regard to case.</summary>
/// <param name="Path">Else path, file, filename, file_name, image or wav.</param>
/// <param name="Label">Else label, labels, class, category or target, or the one-hot columns that start with <c>label:</c>.</param>
/// <param name="Group">Else group, patient, speaker or exam; a table may have none.</param>
/// <param name="Split">Else split or fold; a table may have none.</param>
/// <param name="OneHot">Columns of 0 and 1, each named after its label; they take the place of a label column.</param>
public sealed record LabelColumns(
    string? Path = null,
    string? Label = null,
    string? Group = null,
    string? Split = null,
    IReadOnlyList<string>? OneHot = null
)
{
    /// <summary>What one-hot columns start with; the rest is the label.</summary>
    public const string OneHotPrefix = "label:";

    internal static readonly string[] PathNames = ["path", "file", "filename", "file_name", "image", "wav"];
    internal static readonly string[] LabelNames = ["label", "labels", "class", "category", "target"];
    internal static readonly string[] GroupNames = ["group", "patient", "speaker", "exam"];
    internal static readonly string[] SplitNames = ["split", "fold"];
}
