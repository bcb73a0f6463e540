using System.Collections.Concurrent;

namespace Orchestrator.Pretraining.Data.Storage.Cache;

/// <summary>
/// Blocks of bytes kept in a folder of this machine, at most so many bytes in all (and what is being written at the moment), the longest unused
/// given up first. Processes of a host may share the folder. What goes wrong with it is told and costs a fetch, never a run. Every member may be
/// used from any thread.
/// </summary>
internal sealed class BlockCache : IDisposable
{
    // A pass over the folder is worth it when it makes room for many blocks; one block must not drive out many.
    private const int FreedShare = 8;
    private const int LargestShare = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly string folder;
    private readonly long capacity;
    private readonly TimeProvider time;
    private readonly RareNotice notices;
    private readonly BlockUsage? usage;
    private readonly ConcurrentDictionary<BlockKey, Lazy<ReadOnlyMemory<byte>>> underWay = [];
    private long pausedUntil;

    /// <param name="folder">Made where it is missing.</param>
    /// <param name="capacity">In bytes.</param>
    /// <param name="warn">Told, seldom, of a folder that cannot be used.</param>
    public BlockCache(string folder, long capacity, Action<string>? warn, TimeProvider time)
    {
        (this.folder, this.capacity, this.time) = (folder, capacity, time);
        notices = new RareNotice(warn, time);
        try
        {
            Directory.CreateDirectory(folder);
            usage = new BlockUsage(Path.Combine(folder, "usage"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TellUnusable(exception);
        }
    }

    /// <summary>A block: the kept one, or what is fetched now, once for all threads that want it.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="fetch">Called where none is kept; what it throws is thrown to all who wait for it.</param>
    public ReadOnlyMemory<byte> Get(BlockKey key, int length, Func<ReadOnlyMemory<byte>> fetch)
    {
        var wanted = underWay.GetOrAdd(
            key,
            _ => new Lazy<ReadOnlyMemory<byte>>(() => Kept(key, length) is { } kept ? kept : Fetched(key, fetch))
        );
        try
        {
            return wanted.Value;
        }
        finally
        {
            underWay.TryRemove(new KeyValuePair<BlockKey, Lazy<ReadOnlyMemory<byte>>>(key, wanted));
        }
    }

    public void Dispose() => usage?.Dispose();

    private byte[]? Kept(BlockKey key, int length)
    {
        if (usage is null)
        {
            return null;
        }

        try
        {
            var path = PathOf(key);
            var content = BlockFile.Read(path, key, length, time.GetUtcNow().UtcDateTime, out var isDamaged);
            if (isDamaged)
            {
                usage.Add(-new FileInfo(path).Length);
                File.Delete(path);
            }

            return content;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TellUnusable(exception);
            return null;
        }
    }

    private ReadOnlyMemory<byte> Fetched(BlockKey key, Func<ReadOnlyMemory<byte>> fetch)
    {
        var content = fetch();
        long size = content.Length + BlockFile.Trailer;
        if (usage is not null && size <= capacity / LargestShare && time.GetTimestamp() >= Interlocked.Read(ref pausedUntil))
        {
            Keep(key, content.Span, size, usage);
        }

        return content;
    }

    private void Keep(BlockKey key, ReadOnlySpan<byte> content, long size, BlockUsage used)
    {
        var counted = false;
        try
        {
            if (File.Exists(PathOf(key)) || !(counted = TryCount(size, used)))
            {
                return;
            }

            BlockFile.Write(PathOf(key), key, content, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            used.Add(counted ? -size : 0);
            Interlocked.Exchange(ref pausedUntil, time.GetTimestamp() + (long)(Pause.TotalSeconds * time.TimestampFrequency));
            TellUnusable(exception);
        }
    }

    /// <summary>Counts a block that is to be written; false where there is no room for it, since another makes some only now.</summary>
    private bool TryCount(long size, BlockUsage used)
    {
        if (used.Add(size) <= capacity)
        {
            return true;
        }

        used.Add(-size);
        if (!BlockEviction.TryRun(folder, capacity - (capacity / FreedShare), used, time.GetUtcNow().UtcDateTime))
        {
            return false;
        }

        if (used.Add(size) <= capacity)
        {
            return true;
        }

        used.Add(-size);
        return false;
    }

    // 256 folders: fewer names in each.
    private string PathOf(BlockKey key) => Path.Combine(folder, key.Hex[..2], key.Hex[2..]);

    private void TellUnusable(Exception exception) =>
        notices.Tell(
            $"the data cache '{folder}' cannot be used ({exception.Message}); what it should keep is fetched each time. Free space there, or set DataCache to another folder"
        );
}
