namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>
/// The place below a data root that samples are read from. Paths are relative to the root, written with '/', and cannot leave it: absolute paths,
/// <c>..</c> and links out of it are refused. Every member may be used from any thread. A failure to read is a <see cref="DataException"/> with
/// <see cref="DataException.IsUnreadable"/>: another machine may have what this one lacks.
/// </summary>
public interface IDataStore : IDisposable
{
    /// <summary>The data root as messages name it.</summary>
    string Name { get; }

    /// <summary>What stands at a path.</summary>
    /// <param name="path">Relative to the root.</param>
    /// <param name="key">The spec's field that has the path, as messages name it: <c>data.images</c>.</param>
    /// <exception cref="DataException">The path could leave the root.</exception>
    StoredKind KindOf(string path, string key);

    /// <summary>Lists the files below a folder.</summary>
    /// <exception cref="DataException">It is gone or cannot be listed.</exception>
    StoredTree List(string folder);

    /// <summary>The stamp of a file, or of a folder's names; null where there is nothing.</summary>
    StoredStamp? Stamp(string path);

    /// <summary>The length of a file in bytes; null where there is none.</summary>
    long? LengthOf(string path);

    /// <summary>Reads a whole file that an index knows.</summary>
    /// <param name="length">Its length when it was listed.</param>
    /// <exception cref="DataException">It is gone, cannot be read, or has another length.</exception>
    ReadOnlyMemory<byte> ReadAll(string path, long length);

    /// <summary>Reads a part of a file.</summary>
    /// <exception cref="DataException">The file is gone, cannot be read, or ends before the part does.</exception>
    ReadOnlyMemory<byte> Read(string path, long offset, int length);

    /// <summary>Opens a file for one pass from its start to its end; the caller disposes the stream.</summary>
    /// <exception cref="DataException">It is gone or cannot be read.</exception>
    Stream OpenRead(string path);
}
