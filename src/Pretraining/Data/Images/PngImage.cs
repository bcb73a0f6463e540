using System.Buffers.Binary;
using System.IO.Compression;

namespace Orchestrator.Pretraining.Data.Images;

/// <summary>
/// A PNG's stored values: 16-bit samples, or the indices of a palette. Skia, which decodes every other image here, cuts samples to 8 bits (or rounds
/// them to half floats) and replaces indices by their colors. The container is parsed here, inflating is .NET's. Source: PNG specification, third edition.
/// </summary>
internal sealed class PngImage
{
    private const int HeaderBytes = 33;
    private const byte Gray = 0;
    private const byte Color = 2;
    private const byte Palette = 3;
    private const byte GrayAlpha = 4;
    private const byte ColorAlpha = 6;

    // Adam7: first column and row of each pass, and the steps from there.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
    [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];

    private readonly ReadOnlyMemory<byte> content;
    private readonly string name;
    private readonly int bits;
    private readonly byte kind;
    private readonly bool interlaced;

    private PngImage(ReadOnlyMemory<byte> content, string name)
    {
        (this.content, this.name) = (content, name);
        var header = content.Span;
        if (!IsPng(header))
        {
            throw Damaged("no PNG begins so");
        }

        (Width, Height) = (BinaryPrimitives.ReadInt32BigEndian(header[16..]), BinaryPrimitives.ReadInt32BigEndian(header[20..]));
        (bits, kind, interlaced) = (header[24], header[25], header[28] == 1);
        var known = kind switch
        {
            Gray => bits is 1 or 2 or 4 or 8 or 16,
            Palette => bits is 1 or 2 or 4 or 8,
            Color or GrayAlpha or ColorAlpha => bits is 8 or 16,
            _ => false,
        };
        if (Width < 1 || Height < 1 || !known || header[26] != 0 || header[27] != 0 || header[28] > 1)
        {
            throw Damaged($"its header says {Width} × {Height}, {bits} bits, color type {kind}");
        }
    }

    private delegate void RowReader(ReadOnlySpan<byte> row, int y, int x, int step, int count);

    public int Width { get; }

    public int Height { get; }

    private int Samples =>
        kind switch
        {
            Color => 3,
            GrayAlpha => 2,
            ColorAlpha => 4,
            _ => 1,
        };

    /// <summary>Whether content is a PNG of 16 bits a sample.</summary>
    public static bool IsSixteenBit(ReadOnlySpan<byte> content) => IsPng(content) && content[24] == 16;

    /// <summary>Reads the header.</summary>
    public static PngImage Read(ReadOnlyMemory<byte> content, string name) => new(content, name);

    /// <summary>The samples of a 16-bit PNG, planar; gray is repeated for three channels, color becomes luma for one.</summary>
    public ushort[] Words(int channels)
    {
        EncodedImage.RequireDecodable(name, Width, Height, content.Length);
        var area = Width * Height;
        var words = new ushort[area * channels];
        var stride = Samples;
        var color = kind is Color or ColorAlpha;
        Rows(
            (row, y, x, step, count) =>
            {
                for (var i = 0; i < count; i++)
                {
                    var place = (y * Width) + x + (i * step);
                    var pixel = row[(2 * i * stride)..];
                    var first = BinaryPrimitives.ReadUInt16BigEndian(pixel);
                    var second = color ? BinaryPrimitives.ReadUInt16BigEndian(pixel[2..]) : first;
                    var third = color ? BinaryPrimitives.ReadUInt16BigEndian(pixel[4..]) : first;
                    if (channels == 1)
                    {
                        words[place] = (ushort)PixelPlanes.Luma(first, second, third);
                        continue;
                    }

                    (words[place], words[area + place], words[(2 * area) + place]) = (first, second, third);
                }
            }
        );
        return words;
    }

    /// <summary>The stored values of a PNG with a palette or of gray levels: bytes, or words where it has 16 bits.</summary>
    public DecodedImage Indices()
    {
        if (kind is not (Palette or Gray))
        {
            throw new DataException($"mask '{name}' has colors (PNG color type {kind}); a label mask has a palette or gray levels");
        }

        var size = new ImageSize(Height, Width, 1);
        if (bits == 16)
        {
            return new DecodedImage(size, Words(1));
        }

        EncodedImage.RequireDecodable(name, Width, Height, content.Length);
        var indices = new byte[Width * Height];
        Rows(
            (row, y, x, step, count) =>
            {
                for (var i = 0; i < count; i++)
                {
                    indices[(y * Width) + x + (i * step)] = PngRows.Value(row, i, bits);
                }
            }
        );
        return new DecodedImage(size, indices);
    }

    private static bool IsPng(ReadOnlySpan<byte> content) =>
        content.Length >= HeaderBytes
        && content[..8].SequenceEqual<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])
        && content.Slice(12, 4).SequenceEqual("IHDR"u8);

    private void Rows(RowReader read)
    {
        try
        {
            using var inflated = new ZLibStream(new MemoryStream(CompressedData()), CompressionMode.Decompress);
            if (!interlaced)
            {
                ReadPass(inflated, Width, Height, (row, y) => read(row, y, 0, 1, Width));
                return;
            }

            foreach (var (x, y, stepX, stepY) in Passes)
            {
                var (width, height) = ((Width - x + stepX - 1) / stepX, (Height - y + stepY - 1) / stepY);
                if (width > 0 && height > 0)
                {
                    ReadPass(inflated, width, height, (row, line) => read(row, y + (line * stepY), x, stepX, width));
                }
            }
        }
        catch (EndOfStreamException)
        {
            throw Damaged("it is cut off");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // InvalidDataException; of damage that zlib has no word for, ZLibException, which is an IOException.
            throw Damaged(exception.Message);
        }
    }

    private void ReadPass(ZLibStream inflated, int width, int height, Action<ReadOnlySpan<byte>, int> read) =>
        PngRows.Read(inflated, width, height, bits * Samples, filter => Damaged($"row filter {filter} does not exist"), read);

    // The IDAT chunks, which are one zlib stream.
    private byte[] CompressedData()
    {
        var span = content.Span;
        using var data = new MemoryStream();
        var place = 8;
        while (place <= span.Length - 12)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(span[place..]);
            var type = span.Slice(place + 4, 4);
            if (type.SequenceEqual("IEND"u8))
            {
                return data.ToArray();
            }

            if (length > span.Length - place - 12)
            {
                break;
            }

            if (type.SequenceEqual("IDAT"u8))
            {
                data.Write(span.Slice(place + 8, (int)length));
            }

            place += (int)length + 12;
        }

        throw Damaged("it is cut off");
    }

    private DataException Damaged(string why) => new($"image '{name}' cannot be decoded ({why}); replace or remove it");
}
