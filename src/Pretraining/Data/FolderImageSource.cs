using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Images of a folder tree, decoded when read. The first that are read whole (as evaluations do) and fit into the cache stay decoded, and none is
/// ever put out: each is read once in an order of its own, so that putting one out to keep another gains nothing.
/// </summary>
internal sealed class FolderImageSource : IImageSource
{
    /// <summary>Decoded bytes that one source keeps.</summary>
    public const long CacheBytes = 512L << 20;

    private const long WholeContentBytes = 64L << 20;
    private const int SampledFiles = 1024;
    private const int SampledBytes = 64 << 10;

    private readonly string folder;
    private readonly string name;
    private readonly FolderTree tree;
    private readonly int channels;
    private readonly StrongBox<DecodedImage>?[] cache;
    private readonly Lazy<string> fingerprint;
    private long cached;

    private FolderImageSource(
        string folder,
        string name,
        FolderTree tree,
        int channels,
        int[]? labels,
        string[]? classNames,
        IdxFile? labelFile
    )
    {
        (this.folder, this.name, this.tree, this.channels, Labels, ClassNames) = (folder, name, tree, channels, labels, classNames);
        cache = new StrongBox<DecodedImage>?[tree.Paths.Length];
        fingerprint = new Lazy<string>(() => ComputeFingerprint(labelFile));
    }

    public int Count => tree.Paths.Length;

    public ImageSize? FixedSize => null;

    public IReadOnlyList<int>? Labels { get; }

    public IReadOnlyList<string>? ClassNames { get; }

    public string Fingerprint => fingerprint.Value;

    public static FolderImageSource Open(string realRoot, string folder, string name, bool folderLabels, IdxFile? labelFile, int channels)
    {
        var listing = FolderTree.List(realRoot, folder, name);
        int[]? labels = null;
        string[]? classNames = null;
        if (folderLabels)
        {
            listing = listing.Mixed();
            (labels, classNames) = ClassLabels.FromFolders(listing.Paths, name);
        }
        else if (labelFile is not null)
        {
            labels = ClassLabels.FromIdx(labelFile, listing.Paths.Length, name);
        }

        return new FolderImageSource(folder, name, listing, channels, labels, classNames, labelFile);
    }

    public (ReadOnlyMemory<byte> Content, string Name)? Encoded(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Content(index);
    }

    public DecodedImage Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (Volatile.Read(ref cache[index]) is { } known)
        {
            return known.Value;
        }

        var (content, imageName) = Content(index);
        var image = ImageDecoder.Decode(content, imageName, channels);
        // Two threads may decode one image at the same time; the loser's bytes are given back.
        if (
            Interlocked.Add(ref cached, image.Bytes) > CacheBytes
            || Interlocked.CompareExchange(ref cache[index], new StrongBox<DecodedImage>(image), null) is not null
        )
        {
            Interlocked.Add(ref cached, -image.Bytes);
        }

        return image;
    }

    public void Dispose() => Array.Clear(cache);

    private (ReadOnlyMemory<byte> Content, string Name) Content(int index)
    {
        var path = Path.Combine(folder, tree.Paths[index]);
        if (!File.Exists(path))
        {
            throw new DataException(
                $"image '{NameOf(index)}' is gone since the folder was listed and cannot be read; restore it or restart the run without it"
            )
            {
                IsUnreadable = true,
            };
        }

        try
        {
            return (File.ReadAllBytes(path), NameOf(index));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(index, exception);
        }
    }

    private string NameOf(int index) => $"{name}/{tree.Paths[index]}";

    private DataException Unreadable(int index, Exception cause) =>
        new($"image '{NameOf(index)}' cannot be read: {cause.Message}", cause) { IsUnreadable = true };

    private string ComputeFingerprint(IdxFile? labelFile)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("folder/1\n"u8);
        Span<byte> length = stackalloc byte[sizeof(long)];
        for (var i = 0; i < Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(tree.Paths[i] + '\0'));
            BinaryPrimitives.WriteInt64BigEndian(length, tree.Lengths[i]);
            hash.AppendData(length);
        }

        var whole = tree.Lengths.Sum() <= WholeContentBytes;
        var files = whole ? Count : Math.Min(Count, SampledFiles);
        var buffer = new byte[SampledBytes];
        for (var k = 0; k < files; k++)
        {
            AppendContent(hash, (int)((long)k * Count / files), whole ? long.MaxValue : SampledBytes, buffer);
        }

        labelFile?.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void AppendContent(IncrementalHash hash, int index, long limit, byte[] buffer)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, tree.Paths[index]));
            int read;
            for (; limit > 0 && (read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; limit -= read)
            {
                hash.AppendData(buffer.AsSpan(0, read));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(index, exception);
        }
    }
}
