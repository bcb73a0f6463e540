using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Pretraining.Data.Storage;

/// <summary>A folder of this machine.</summary>
public sealed class FolderStore : IDataStore
{
    // Clocks of file systems are coarser than ours: a change so soon after another may leave the time of change as it is.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly string root;
    private readonly string realRoot;

    /// <param name="root">A folder; relative to the current one, or absolute.</param>
    /// <exception cref="DataException">There is no such folder.</exception>
    public FolderStore(string root)
    {
        if (!Directory.Exists(root))
        {
            throw new DataException($"the data root '{root}' is not a folder; set it to the folder that data paths are relative to");
        }

        (this.root, realRoot) = (root, DataPath.RealPath(root));
    }

    public string Name => root;

    public StoredKind KindOf(string path, string key)
    {
        DataPath.RequireRelative(path, key);
        var full = Path.Combine(root, path);
        if (!Path.Exists(full))
        {
            return StoredKind.Nothing;
        }

        DataPath.RequireInside(realRoot, full, $"{key} '{path}'");
        return Directory.Exists(full) ? StoredKind.Folder : StoredKind.File;
    }

    public StoredTree List(string folder)
    {
        var walk = new FolderWalk(realRoot, TimeProvider.System.GetUtcNow().UtcDateTime - Settling);
        try
        {
            return walk.List(Full(folder), folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{folder}' cannot be listed: {exception.Message}", exception) { IsUnreadable = true };
        }
    }

    public StoredStamp? Stamp(string path)
    {
        // Of what a link leads to, not of the link.
        var full = DataPath.RealPath(Full(path));
        var settled = TimeProvider.System.GetUtcNow().UtcDateTime - Settling;
        if (Directory.Exists(full))
        {
            return FolderWalk.StampOf(path, Directory.GetLastWriteTimeUtc(full), settled);
        }

        var file = new FileInfo(full);
        var value = file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}") : null;
        return value is null ? null : new StoredStamp(path, value, file.LastWriteTimeUtc < settled);
    }

    public long? LengthOf(string path) => new FileInfo(DataPath.RealPath(Full(path))) is { Exists: true } file ? file.Length : null;

    public ReadOnlyMemory<byte> ReadAll(string path, long length) =>
        Reading(
            path,
            file =>
                RandomAccess.GetLength(file) is var found && found == length
                    ? Bytes(file, path, 0, checked((int)length))
                    : throw new DataException(
                        $"'{path}' has {found} bytes, and had {length} when the data set was listed; restore it, or start the run anew"
                    )
                    {
                        IsUnreadable = true,
                    }
        );

    public ReadOnlyMemory<byte> Read(string path, long offset, int length) => Reading(path, file => Bytes(file, path, offset, length));

    public Stream OpenRead(string path)
    {
        try
        {
            return File.OpenRead(Inside(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    public void Dispose()
    {
        // Holds no handle between reads.
    }

    private ReadOnlyMemory<byte> Reading(string path, Func<SafeFileHandle, byte[]> read)
    {
        try
        {
            using var file = File.OpenHandle(Inside(path), options: FileOptions.SequentialScan);
            return read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    private static byte[] Bytes(SafeFileHandle file, string path, long offset, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        for (var filled = 0; filled < length; )
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(filled), offset + filled);
            filled +=
                read > 0
                    ? read
                    : throw new DataException(
                        $"'{path}' ends at byte {offset + filled}, and bytes up to {offset + length} were to be read; it has been shortened"
                    )
                    {
                        IsUnreadable = true,
                    };
        }

        return bytes;
    }

    private string Full(string path) => path.Length == 0 ? root : Path.Combine(root, path);

    /// <summary>The path on disk. Links are followed anew at each read: one may have been turned since the listing.</summary>
    private string Inside(string path)
    {
        var full = Full(path);
        if (!Path.Exists(full))
        {
            throw new DataException(
                $"'{path}' is gone from the data root '{root}' and cannot be read; restore it or start the run anew without it"
            )
            {
                IsUnreadable = true,
            };
        }

        return DataPath.RequireInside(realRoot, full, $"'{path}'");
    }

    private static DataException Unreadable(string path, Exception cause) =>
        new($"'{path}' cannot be read: {cause.Message}", cause) { IsUnreadable = true };
}
