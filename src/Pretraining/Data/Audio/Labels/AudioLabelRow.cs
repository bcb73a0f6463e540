namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>One sound of a label file.</summary>
/// <param name="Path">As the file writes it: relative to where the data set's sounds lie. AudioSet names no files: the video's id.</param>
/// <param name="Labels">At least one.</param>
/// <param name="Split">The part of the data set, as its layout names it; null where it has none.</param>
/// <param name="Group">Sounds of one recording or speaker, which should not be split; null where the layout does not tell.</param>
public sealed record AudioLabelRow(string Path, IReadOnlyList<string> Labels, string? Split, string? Group);
