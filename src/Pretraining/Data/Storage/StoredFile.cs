namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>One file of a listing.</summary>
/// <param name="Path">Relative to the listed folder, written with '/'.</param>
/// <param name="Length">In bytes.</param>
public readonly record struct StoredFile(string Path, long Length);
