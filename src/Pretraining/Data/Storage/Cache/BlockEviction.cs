namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>Removes the blocks that were not used for longest. One process, and one thread in it, does so at a time.</summary>
internal static class BlockEviction
{
    // What a killed process left half written.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);

    /// <summary>Removes blocks until so many bytes are left, and sets the count right.</summary>
    /// <returns>False where another does it now.</returns>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    public static bool TryRun(string folder, long targetBytes, BlockUsage usage, DateTime now)
    {
        using var held = TryLock(Path.Combine(folder, "lock"));
        if (held is null)
        {
            return false;
        }

        var counted = usage.Value;
        var blocks = new List<(DateTime Used, string Path, long Length)>();
        var total = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateDirectories().SelectMany(part => part.EnumerateFiles()))
        {
            if (!file.Name.EndsWith(BlockFile.Unfinished, StringComparison.Ordinal))
            {
                blocks.Add((file.LastWriteTimeUtc, file.FullName, file.Length));
                total += file.Length;
            }
            else if (now - file.LastWriteTimeUtc > AbandonedAfter)
            {
                file.Delete();
            }
        }

        blocks.Sort((a, b) => a.Used != b.Used ? a.Used.CompareTo(b.Used) : string.CompareOrdinal(a.Path, b.Path));
        foreach (var (_, path, length) in blocks.TakeWhile(_ => total > targetBytes))
        {
            File.Delete(path);
            total -= length;
        }

        // What others have written since the count was read is counted twice at worst: less is kept than could be, never more.
        usage.Add(total - counted);
        return true;
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
