using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Orchestrator.Pretraining.Data.Images;

namespace Orchestrator.Pretraining.Data.Masks;

/// <summary>
/// Reads the stored values of one-channel PNG files. Own code, since decoders (Skia among them) replace palette indices by their colors; inflating
/// and checksums are the framework's. Source: PNG specification, third edition (W3C).
/// </summary>
internal sealed class PngIndexReader(ReadOnlyMemory<byte> png, string name)
{
    private const int Gray = 0;
    private const int Palette = 3;

    // Length, type and checksum round a chunk's data.
    private const int ChunkOverhead = 12;

    // Deflate makes at most 1,032 bytes of one.
    private const long DeflateRatio = 1032;

    private int width;
    private int height;
    private int depth;
    private int colorType = -1;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public LabelMask Read()
    {
        if (!png.Span.StartsWith(Signature))
        {
            throw new DataException($"mask '{name}' is not a PNG file; masks are PNG files whose values are class numbers");
        }

        using var compressed = new MemoryStream();
        var at = Signature.Length;
        while (true)
        {
            var (type, data) = Chunk(at);
            at += data.Length + ChunkOverhead;
            if (colorType < 0 && type != "IHDR")
            {
                throw new DataException($"mask '{name}' starts with a PNG chunk {type} instead of IHDR; save it again");
            }

            switch (type)
            {
                case "IHDR":
                    ReadHeader(data.Span);
                    break;
                case "IDAT":
                    compressed.Write(data.Span);
                    break;
                case "IEND":
                    return Decode(compressed);
                default:
                    break;
            }
        }
    }

    private (string Type, ReadOnlyMemory<byte> Data) Chunk(int at)
    {
        if (
            png.Length - at < ChunkOverhead
            || BinaryPrimitives.ReadUInt32BigEndian(png.Span[at..]) is var length && length > png.Length - at - ChunkOverhead
        )
        {
            throw new DataException(
                $"mask '{name}' is truncated: it ends after {png.Length} bytes, before its last PNG chunk; copy it again"
            );
        }

        var size = (int)BinaryPrimitives.ReadUInt32BigEndian(png.Span[at..]);
        var typeAndData = png.Slice(at + 4, 4 + size);
        if (Crc32.HashToUInt32(typeAndData.Span) != BinaryPrimitives.ReadUInt32BigEndian(png.Span[(at + 8 + size)..]))
        {
            throw new DataException($"mask '{name}' is damaged: the checksum of its PNG chunk at byte {at} is wrong; copy it again");
        }

        return (Encoding.Latin1.GetString(typeAndData.Span[..4]), typeAndData[4..]);
    }

    private void ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length != 13 || colorType >= 0)
        {
            throw new DataException($"mask '{name}' has no valid PNG header; save it again");
        }

        var (claimedWidth, claimedHeight) = (
            BinaryPrimitives.ReadUInt32BigEndian(header),
            BinaryPrimitives.ReadUInt32BigEndian(header[4..])
        );
        if (claimedWidth == 0 || claimedHeight == 0 || (ulong)claimedWidth * claimedHeight > EncodedImage.MaxPixels)
        {
            throw new DataException(
                $"mask '{name}' claims {claimedWidth} × {claimedHeight} pixels; at least 1 and at most {EncodedImage.MaxPixels / 1_000_000} megapixels are decoded"
            );
        }

        (width, height, depth, colorType) = ((int)claimedWidth, (int)claimedHeight, header[8], header[9]);
        if (colorType is not (Gray or Palette))
        {
            throw new DataException(
                $"mask '{name}' holds {ColorName(colorType)}, not class numbers; save it with one channel (a palette or gray PNG) whose values are the classes"
            );
        }

        if (depth is not (1 or 2 or 4 or 8) && !(depth == 16 && colorType == Gray))
        {
            throw new DataException($"mask '{name}' claims {depth} bits a pixel; 1, 2, 4 or 8 are right, for gray files also 16");
        }

        if (header[12] != 0)
        {
            throw new DataException($"mask '{name}' is an interlaced PNG, which is not read; save it without interlacing");
        }

        if ((header[10], header[11]) != (0, 0))
        {
            throw new DataException($"mask '{name}' claims compression {header[10]} and filter {header[11]}; PNG knows 0 and 0 only");
        }
    }

    private LabelMask Decode(MemoryStream compressed)
    {
        // At most 10^8 × 2 bytes, so within an int.
        var rowBytes = (int)((((long)width * depth) + 7) / 8);
        if ((rowBytes + 1L) * height > DeflateRatio * compressed.Length)
        {
            throw new DataException(
                $"mask '{name}' claims {width} × {height} pixels, which {compressed.Length} compressed bytes cannot hold; it is truncated: copy it again"
            );
        }

        compressed.Position = 0;
        var bytes = depth == 16 ? null : new byte[width * height];
        var words = depth == 16 ? new ushort[width * height] : null;
        try
        {
            using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
            PngRows.Read(
                inflated,
                width,
                height,
                depth,
                filter => new DataException($"mask '{name}' is damaged: PNG filter {filter} does not exist; copy it again"),
                (row, y) => Unpack(row, bytes.AsSpan(bytes is null ? 0 : y * width), words.AsSpan(words is null ? 0 : y * width))
            );

            if (inflated.ReadByte() >= 0)
            {
                throw new DataException($"mask '{name}' goes on after its {width} × {height} pixels; save it again");
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new DataException(
                $"mask '{name}' is damaged: its compressed pixels end early or cannot be inflated; copy it again",
                exception
            );
        }

        return new LabelMask(name, height, width, bytes, words);
    }

    private void Unpack(ReadOnlySpan<byte> row, Span<byte> bytes, Span<ushort> words)
    {
        if (depth == 16)
        {
            for (var x = 0; x < width; x++)
            {
                words[x] = BinaryPrimitives.ReadUInt16BigEndian(row[(2 * x)..]);
            }

            return;
        }

        for (var x = 0; x < width; x++)
        {
            bytes[x] = PngRows.Value(row, x, depth);
        }
    }

    private static string ColorName(int type) =>
        type switch
        {
            2 => "colors (RGB)",
            4 => "gray with transparency",
            6 => "colors with transparency (RGBA)",
            _ => $"pixels of unknown PNG color type {type}",
        };
}
