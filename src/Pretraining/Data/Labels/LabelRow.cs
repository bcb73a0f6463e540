namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>One sample of a label table.</summary>
/// <param name="Path">Relative, written with '/', without '..'.</param>
/// <param name="Labels">As they are written; one, or several or none where samples have several labels.</param>
/// <param name="Group">What must not be divided by a split (patient, speaker); null where the table has none.</param>
/// <param name="Split">Null where the table has none.</param>
/// <param name="Line">Of the file, from 1; in a list without lines of its own, its place there.</param>
public sealed record LabelRow(string Path, IReadOnlyList<string> Labels, string? Group, string? Split, int Line);
