using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Data.Volumes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Masks;

public sealed class LabelMaskTests
{
    [Theory]
    [InlineData("palette-1")]
    [InlineData("palette-2")]
    [InlineData("palette-4")]
    [InlineData("palette-8")]
    [InlineData("gray-1")]
    [InlineData("gray-8")]
    [InlineData("filters")]
    [InlineData("average")]
    [InlineData("gray-16")]
    public void Mask_that_Pillow_or_ffmpeg_saved_is_read_value_by_value(string file)
    {
        var golden = NpyFile.Read(Bytes(file + ".npy"), file);
        var mask = LabelMask.Read(Bytes(file + ".png"), file);
        Assert.Equal((golden.Height, golden.Width), (mask.Height, mask.Width));
        var expected =
            from row in Enumerable.Range(0, golden.Height)
            from column in Enumerable.Range(0, golden.Width)
            select (int)golden[0, row, column];
        Assert.Equal(expected, mask.Bytes?.Select(v => (int)v) ?? mask.Words!.Select(v => (int)v));
        Assert.Equal(file == "gray-16", mask.Words is not null);
    }

    [Fact]
    public void Ignored_pixels_stay_255() => Assert.Contains(LabelMask.Ignored, LabelMask.Read(Bytes("palette-8.png"), "m").Bytes!);

    [Theory]
    [InlineData("colors.png", "holds colors (RGB), not class numbers")]
    [InlineData("transparent.png", "holds colors with transparency (RGBA)")]
    [InlineData("gray-alpha.png", "holds gray with transparency")]
    [InlineData("photo.jpg", "is not a PNG file")]
    public void File_that_is_no_index_mask_is_refused_with_the_reason(string file, string reason) => Refused(reason, Bytes(file));

    [Fact]
    public void Header_that_claims_too_much_or_what_is_not_read_is_refused()
    {
        Refused("is an interlaced PNG", Png(4, 4, 8, 0, interlace: 1, new byte[20]));
        Refused("60000 × 60000 pixels", Png(60_000, 60_000, 8, 0, 0, new byte[20]));
        Refused("0 × 4 pixels", Png(0, 4, 8, 0, 0, new byte[20]));
        Refused("which 11 compressed bytes cannot hold", Png(10_000, 10_000, 8, 0, 0, new byte[20]));
        Refused("16 bits a pixel", Png(4, 4, 16, 3, 0, new byte[36]));
        Refused("3 bits a pixel", Png(4, 4, 3, 0, 0, new byte[20]));
        Refused("PNG filter 5", Png(4, 1, 8, 0, 0, [5, 0, 0, 0, 0]));
        Refused("end early", Png(4, 4, 8, 0, 0, new byte[19]));
        Refused("goes on after", Png(4, 4, 8, 0, 0, new byte[21]));
    }

    [Fact]
    public void Truncated_or_damaged_file_is_refused_at_every_byte()
    {
        var bytes = Bytes("palette-4.png");
        for (var i = 0; i < bytes.Length; i++)
        {
            Refused("mask 'm'", bytes[..i]);
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x10;
            Refused("mask 'm'", damaged);
        }
    }

    [Fact]
    public void Mask_of_another_size_than_its_image_is_refused_with_both_sizes()
    {
        var mask = LabelMask.Read(Bytes("gray-8.png"), "masks/a.png");
        mask.RequireSize(32, 47, "images/a.jpg");
        var message = Assert.Throws<DataException>(() => mask.RequireSize(47, 32, "images/a.jpg")).Message;
        Assert.Contains(
            "'masks/a.png' is 32 × 47 (height × width) and its image 'images/a.jpg' is 47 × 32",
            message,
            StringComparison.Ordinal
        );
    }

    private static byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Files", "masks", file));

    private static void Refused(string reason, byte[] png) =>
        Assert.Contains(reason, Assert.Throws<DataException>(() => LabelMask.Read(png, "m")).Message, StringComparison.Ordinal);

    private static byte[] Png(uint width, uint height, byte depth, byte color, byte interlace, byte[] rows)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, color, interlace);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return
        [
            0x89,
            .. "PNG\r\n"u8,
            0x1A,
            0x0A,
            .. Chunk("IHDR"u8, header),
            .. Chunk("IDAT"u8, compressed.ToArray()),
            .. Chunk("IEND"u8, []),
        ];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] typeAndData = [.. type, .. data];
        var (length, checksum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32.HashToUInt32(typeAndData));
        return [.. length, .. typeAndData, .. checksum];
    }
}
