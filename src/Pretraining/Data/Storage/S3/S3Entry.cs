namespace Orchestrator.Pretraining.Data.Storage.S3;

/// <summary>One object of a listing.</summary>
/// <param name="Path">Relative to the listed folder.</param>
/// <param name="Length">In bytes.</param>
/// <param name="ETag">The store's own mark of its content.</param>
internal readonly record struct S3Entry(string Path, long Length, string ETag);
