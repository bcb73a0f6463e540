using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// An IDX file of unsigned bytes, whole in memory: <c>00 00 08 d</c>, then d big-endian 32-bit sizes, then the values, last index fastest.
/// Source: "The IDX file format" in LeCun's description of MNIST. Gzip is recognized by its first two bytes.
/// </summary>
internal sealed record IdxFile(string Name, int[] Dimensions, byte[] Values)
{
    public const int ImageDimensions = 3;
    public const int LabelDimensions = 1;
    private const int GrowthBytes = 1 << 20;

    /// <summary>
    /// Reads a file of a store, or the one with <c>.gz</c> behind its name. Nothing is allocated for what its header claims until the bytes are there.
    /// </summary>
    /// <param name="key">The spec's field that names it.</param>
    public static IdxFile Open(IDataStore store, string name, string key)
    {
        foreach (var candidate in new[] { name, name + ".gz" })
        {
            switch (store.KindOf(candidate, key))
            {
                case StoredKind.File:
                    return Read(store, candidate, name);
                case StoredKind.Folder:
                    throw new DataException($"{key} '{name}' is a folder; give the path of an IDX file, or '{ClassLabels.Folders}'");
            }
        }

        throw new DataException($"{key} '{name}' does not exist in the data root '{store.Name}' (nor '{name}.gz')");
    }

    private static IdxFile Read(IDataStore store, string path, string name)
    {
        try
        {
            var compressed = IsGzip(store, path);
            using var file = store.OpenRead(path);
            if (!compressed)
            {
                return Parse(file, file.CanSeek ? file.Length : null, name);
            }

            using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            return Parse(unzipped, null, name);
        }
        catch (InvalidDataException exception)
        {
            throw new DataException($"'{name}' is a damaged gzip file: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{name}' cannot be read: {exception.Message}", exception);
        }
    }

    private static bool IsGzip(IDataStore store, string path)
    {
        using var file = store.OpenRead(path);
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }

    /// <summary>Adds sizes and values to a fingerprint.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        Span<byte> size = stackalloc byte[sizeof(int)];
        foreach (var dimension in Dimensions)
        {
            BinaryPrimitives.WriteInt32BigEndian(size, dimension);
            hash.AppendData(size);
        }

        hash.AppendData(Values);
    }

    private static IdxFile Parse(Stream stream, long? length, string name)
    {
        Span<byte> header = stackalloc byte[4 + (4 * sizeof(int))];
        var magicBytes = stream.ReadAtLeast(header[..4], 4, throwOnEndOfStream: false);
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var count = (int)(magic & 0xFF);
        if (magicBytes < 4 || magic >> 8 != 8 || count is < 1 or > 4)
        {
            throw new DataException(
                $"'{name}' is not an IDX file of unsigned bytes (images start with 0x00000803, labels with 0x00000801); a folder of image files would do as well"
            );
        }

        var sizes = header.Slice(4, count * sizeof(int));
        if (stream.ReadAtLeast(sizes, sizes.Length, throwOnEndOfStream: false) < sizes.Length)
        {
            throw new DataException($"'{name}' ends inside its IDX header; copy it again");
        }

        var dimensions = new int[count];
        var claimed = 1L;
        for (var i = 0; i < count; i++)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(sizes[(i * sizeof(int))..]);
            claimed =
                size == 0 || size > int.MaxValue || claimed > Array.MaxLength / size
                    ? throw new DataException(
                        $"'{name}' claims a size of {size} in its IDX header; sizes are at least 1 and all values at most {Array.MaxLength} bytes"
                    )
                    : claimed * size;
            dimensions[i] = (int)size;
        }

        if (length is { } total && total - 4 - sizes.Length != claimed)
        {
            throw WrongLength(name, claimed, total - 4 - sizes.Length);
        }

        return new IdxFile(name, dimensions, ReadValues(stream, (int)claimed, length is null, name));
    }

    private static byte[] ReadValues(Stream stream, int claimed, bool grow, string name)
    {
        var values = new byte[grow ? Math.Min(claimed, GrowthBytes) : claimed];
        var filled = 0;
        while (true)
        {
            var read = stream.ReadAtLeast(values.AsSpan(filled), values.Length - filled, throwOnEndOfStream: false);
            filled += read;
            if (filled < values.Length)
            {
                throw WrongLength(name, claimed, filled);
            }

            if (filled == claimed)
            {
                return stream.ReadByte() < 0
                    ? values
                    : throw new DataException($"'{name}' goes on after the {claimed} values that its IDX header claims; copy it again");
            }

            Array.Resize(ref values, (int)Math.Min(claimed, 2L * values.Length));
        }
    }

    private static DataException WrongLength(string name, long claimed, long found) =>
        new($"'{name}' holds {found} values and its IDX header claims {claimed}; copy it again");
}
