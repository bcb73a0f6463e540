using System.Buffers.Binary;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Images;

public sealed class EncodedImageTests
{
    private static readonly Dictionary<string, float[]> Pillow = ImageFiles.Tensors("pillow.safetensors");

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("422.jpg")]
    [InlineData("444.jpg")]
    [InlineData("gray.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("restarts.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("color.png")]
    [InlineData("color.bmp")]
    [InlineData("color.webp")]
    [InlineData("gray16.png")]
    public void Windows_hold_the_pixels_of_a_full_decode_bit_for_bit(string name)
    {
        var content = ImageFiles.Read(name);
        var buffer = new DecodeBuffer();
        var random = new Random(5);
        foreach (var channels in new[] { 1, 3 })
        {
            foreach (var eighths in new[] { 8, 4, 2, 1 })
            {
                using var encoded = EncodedImage.Open(content, name, channels);
                var whole = encoded.Decode(ImageWindow.Whole(encoded.Size), eighths, new DecodeBuffer());
                Assert.Equal(encoded.CanReduce ? eighths : 8, whole.Eighths);
                for (var i = 0; i < 60; i++)
                {
                    var need = AnyWindow(encoded.Size, random, i);
                    using var again = EncodedImage.Open(content, name, channels);
                    AssertSame(whole, again.Decode(need, eighths, buffer), need, $"{name}, {channels} channels, {eighths}/8, {need}");
                }
            }
        }
    }

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("gray.jpg")]
    public void One_opened_image_gives_window_after_window(string name)
    {
        using var encoded = EncodedImage.Open(ImageFiles.Read(name), name, 3);
        var whole = encoded.Decode();
        var random = new Random(6);
        for (var i = 0; i < 20; i++)
        {
            var need = AnyWindow(encoded.Size, random, i);
            AssertSame(whole, encoded.Decode(need, 8, new DecodeBuffer()), need, $"{need}");
        }
    }

    [Theory]
    [InlineData("420", 2)]
    [InlineData("422", 2)]
    [InlineData("444", 2)]
    [InlineData("progressive", 2)]
    [InlineData("restarts", 2)]
    [InlineData("gray", 0)]
    [InlineData("turned", 2)]
    public void Jpeg_decodes_to_Pillows_values(string name, int tolerance)
    {
        // Two builds of libjpeg may round color by one; channels, rows and orientation show at once.
        foreach (var (channels, golden) in new[] { (3, $"{name}.jpg"), (1, $"{name}.jpg/luma") })
        {
            using var encoded = EncodedImage.Open(ImageFiles.Read(name + ".jpg"), name, channels);
            var corner = encoded.Decode(new ImageWindow(0, 0, 16, 24), 8, new DecodeBuffer()).Pixels.ToArray();
            for (var i = 0; i < corner.Length; i++)
            {
                Assert.True(
                    Math.Abs(corner[i] - Pillow[golden][i]) <= tolerance,
                    $"{golden}[{i}] is {corner[i]}, Pillow's {Pillow[golden][i]}"
                );
            }
        }
    }

    [Fact]
    public void Orientation_tag_is_left_alone()
    {
        using var encoded = EncodedImage.Open(ImageFiles.Read("turned.jpg"), "turned.jpg", 3);
        Assert.Equal(new ImageSize(24, 40, 3), encoded.Size);
    }

    [Theory]
    [InlineData("color.png")]
    [InlineData("color.bmp")]
    [InlineData("color.webp")]
    [InlineData("alpha.png")]
    public void Lossless_files_decode_to_Pillows_values_without_transparency(string name) =>
        Assert.Equal(Pillow["color"], ImageDecoder.Decode(ImageFiles.Read(name), name, 3).Pixels.ToArray().Select(v => (float)v));

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("color.png")]
    [InlineData("color.webp")]
    [InlineData("gray16.png")]
    [InlineData("color16-interlaced.png")]
    public void Files_cut_off_are_named_wherever_the_cut_is(string name)
    {
        var content = ImageFiles.Read(name);
        for (var share = 1; share < 8; share++)
        {
            var cut = content.AsMemory(0, content.Length * share / 8);
            var message = Assert.Throws<DataException>(() => ImageDecoder.Decode(cut, name, 3)).Message;
            Assert.Contains($"image '{name}' cannot be decoded", message);
        }

        Assert.Contains(
            "it is empty",
            Assert.Throws<DataException>(() => ImageDecoder.Decode(default(ReadOnlyMemory<byte>), name, 3)).Message
        );
    }

    [Fact]
    public void Bytes_turned_over_give_pixels_or_the_error_and_nothing_else()
    {
        var random = new Random(7);
        foreach (var name in new[] { "420.jpg", "progressive.jpg", "color.png", "color.webp", "color.bmp", "gray16.png", "palette4.png" })
        {
            for (var i = 0; i < 150; i++)
            {
                var content = ImageFiles.Read(name);
                for (var flips = 0; flips < 3; flips++)
                {
                    content[random.Next(content.Length)] = (byte)random.Next(256);
                }

                Try(() => ImageDecoder.Decode(content, name, 3));
                Try(() => ImageDecoder.DecodeIndices(content, name));
            }
        }
    }

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("color.png")]
    [InlineData("gray16.png")]
    [InlineData("palette8.png")]
    [InlineData("color.bmp")]
    public void Claim_of_60000_by_60000_pixels_is_refused_before_decoding(string name)
    {
        var content = Claiming(ImageFiles.Read(name), name, 60000, 60000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(
            $"image '{name}' claims 60000 × 60000 pixels",
            Assert.Throws<DataException>(() => ImageDecoder.Decode(content, name, 3)).Message
        );
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("420.jpg")]
    [InlineData("color.png")]
    [InlineData("gray16.png")]
    public void Claim_that_the_bytes_cannot_hold_is_refused(string name)
    {
        var content = Claiming(ImageFiles.Read(name), name, 9000, 9000);
        Assert.Contains("claims 9000 × 9000 pixels in", Assert.Throws<DataException>(() => ImageDecoder.Decode(content, name, 3)).Message);
    }

    private static void Try(Action decode)
    {
        try
        {
            decode();
        }
        catch (DataException exception)
        {
            Assert.NotEmpty(exception.Message);
        }
    }

    private static ImageWindow AnyWindow(ImageSize size, Random random, int i)
    {
        // First the borders, then anywhere.
        var (height, width) = (1 + random.Next(size.Height), 1 + random.Next(size.Width));
        var top = (i % 5) switch
        {
            0 => 0,
            1 => size.Height - height,
            _ => random.Next(size.Height - height + 1),
        };
        var left = (i % 7) switch
        {
            0 => 0,
            1 => size.Width - width,
            _ => random.Next(size.Width - width + 1),
        };
        return new ImageWindow(top, left, height, width);
    }

    private static void AssertSame(DecodedImage whole, DecodedImage part, ImageWindow need, string where)
    {
        Assert.Equal(whole.Eighths, part.Eighths);
        Assert.True(part.Window.Contains(need.Reduced(part.Eighths)), where);
        var window = part.Window;
        for (var channel = 0; channel < whole.Size.Channels; channel++)
        {
            for (var y = 0; y < window.Height; y++)
            {
                var expected = (channel * whole.Window.Area) + ((window.Top + y) * whole.Window.Width) + window.Left;
                var actual = (channel * window.Area) + (y * window.Width);
                var same = whole.Words.IsEmpty
                    ? whole.Pixels.Span.Slice(expected, window.Width).SequenceEqual(part.Pixels.Span.Slice(actual, window.Width))
                    : whole.Words.Span.Slice(expected, window.Width).SequenceEqual(part.Words.Span.Slice(actual, window.Width));
                Assert.True(same, $"{where}: channel {channel}, row {window.Top + y}");
            }
        }
    }

    private static byte[] Claiming(byte[] content, string name, int width, int height)
    {
        if (name.EndsWith(".jpg", StringComparison.Ordinal))
        {
            // The frame header: FF C0, length, precision, height, width.
            var frame = content.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
            BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(frame + 5), (ushort)height);
            BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(frame + 7), (ushort)width);
        }
        else if (name.EndsWith(".bmp", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(18), width);
            BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(22), height);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(16), width);
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(20), height);
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(29), DataFolder.PngChecksum(content.AsSpan(12, 17)));
        }

        return content;
    }
}
