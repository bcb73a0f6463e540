namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>The files below a folder.</summary>
/// <param name="Files">In ordinal order of their paths, whatever their kind; names that start with a dot are left out.</param>
/// <param name="Stamps">What to compare later to know whether a new listing would give the same names.</param>
public sealed record StoredTree(IReadOnlyList<StoredFile> Files, IReadOnlyList<StoredStamp> Stamps);
