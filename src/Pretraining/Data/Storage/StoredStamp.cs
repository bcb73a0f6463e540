namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>What tells cheaply whether a file, or the list of names in a folder, is still as it was.</summary>
/// <param name="Path">Relative to the data root; empty: the root itself.</param>
/// <param name="Value">Another one when it has changed.</param>
/// <param name="IsSettled">False when it changed so lately that a further change might leave the value as it is: nothing is to be kept by it.</param>
public readonly record struct StoredStamp(string Path, string Value, bool IsSettled);
