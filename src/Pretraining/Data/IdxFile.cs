using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

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

    /// <summary>Reads a file. Nothing is allocated for what its header claims until the bytes are there.</summary>
    public static IdxFile Read(string path, string name)
    {
        try
        {
            using var file = File.OpenRead(path);
            var compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            if (!compressed)
            {
                return Parse(file, file.Length, name);
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
