using Orchestrator.Pretraining.Data;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data;

public sealed class FolderImageSourceTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_are_in_ordinal_order_of_their_paths()
    {
        folder.Write("set/dog/b.png", Plain(SKColors.Red));
        folder.Write("set/dog/A.PNG", Plain(SKColors.Lime));
        folder.Write("set/cat/deep/x.jpeg", Plain(SKColors.Blue));
        folder.Write("set/cat/notes.txt", [1]);
        folder.Write("set/.hidden/x.png", Plain(SKColors.White));
        using var source = OpenedImages.Open(folder.Root, "set", null, 3);
        Assert.Equal(3, source.Count);
        Assert.Null(source.FixedSize);
        Assert.Null(source.Labels);
        // A before b: upper case comes first in ordinal order.
        Assert.Equal<byte>([0, 255, 0], [Pixel(source, 1, 0), Pixel(source, 1, 1), Pixel(source, 1, 2)]);
        Assert.Equal<byte>([255, 0, 0], [Pixel(source, 2, 0), Pixel(source, 2, 1), Pixel(source, 2, 2)]);
    }

    [Fact]
    public void Folders_name_the_classes_and_held_out_images_are_of_all_of_them()
    {
        foreach (var i in Enumerable.Range(0, 40))
        {
            folder.Write($"set/dog/{i}.png", Plain(SKColors.Red));
            folder.Write($"set/cat/{i}.png", Plain(SKColors.Blue));
        }

        using var source = OpenedImages.Open(folder.Root, "set", "folders", 3);
        Assert.Equal(["cat", "dog"], source.ClassNames!);
        Assert.InRange(source.Labels!.Skip(60).Count(label => label == 1), 4, 16);
        Assert.All(Enumerable.Range(0, source.Count), i => Assert.Equal(source.Labels![i] == 1 ? 255 : 0, Pixel(source, i, 0)));
        using var again = OpenedImages.Open(folder.Root, "set", "folders", 3);
        Assert.Equal(source.Labels, again.Labels);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 0)]
    [InlineData(SKEncodedImageFormat.Jpeg, 4)]
    [InlineData(SKEncodedImageFormat.Webp, 4)]
    public void Every_format_decodes_to_planes(SKEncodedImageFormat format, int tolerance)
    {
        // Smooth, so that lossy coding stays near: red rises to the right, green downwards, blue is level.
        folder.Write(
            $"set/x.{format.ToString().ToLowerInvariant()}",
            DataFolder.Picture(24, 16, (x, y) => new SKColor((byte)(x * 4), (byte)(y * 4), 100), format)
        );
        using var source = OpenedImages.Open(folder.Root, "set", null, 3);
        var image = source.Read(0);
        Assert.Equal(new ImageSize(16, 24, 3), image.Size);
        var pixels = image.Pixels.ToArray();
        for (var i = 0; i < 24 * 16; i++)
        {
            Assert.InRange(pixels[i] - (i % 24 * 4), -tolerance, tolerance);
            Assert.InRange(pixels[384 + i] - (i / 24 * 4), -tolerance, tolerance);
            Assert.InRange(pixels[768 + i] - 100, -tolerance, tolerance);
        }
    }

    [Fact]
    public void Bitmap_of_another_program_decodes()
    {
        // A 2 × 1 BMP written by hand: red, then green; 24 bits, rows padded to 4 bytes, BGR.
        byte[] header = [(byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0];
        folder.Write("set/x.bmp", [.. header, .. new byte[24], 0, 0, 255, 0, 255, 0, 0, 0]);
        using var source = OpenedImages.Open(folder.Root, "set", null, 3);
        Assert.Equal<byte>([255, 0, 0, 255, 0, 0], source.Read(0).Pixels.ToArray());
    }

    [Fact]
    public void One_channel_is_luma_and_transparency_is_dropped()
    {
        folder.Write("set/x.png", DataFolder.Picture(2, 1, (x, _) => x == 0 ? new SKColor(200, 100, 50) : new SKColor(80, 80, 80, 10)));
        using var source = OpenedImages.Open(folder.Root, "set", null, 1);
        // .299 · 200 + .587 · 100 + .114 · 50 = 124.2
        Assert.Equal<byte>([124, 80], source.Read(0).Pixels.ToArray());
    }

    [Fact]
    public void Undecodable_image_is_named()
    {
        var jpeg = DataFolder.Picture(64, 64, (x, y) => new SKColor((byte)(x * y), 0, 0), SKEncodedImageFormat.Jpeg);
        folder.Write("set/cut.jpg", jpeg[..(jpeg.Length / 2)]);
        folder.Write("set/text.png", [.. "this is no picture"u8]);
        using var source = OpenedImages.Open(folder.Root, "set", null, 3);
        Assert.Contains("image 'set/cut.jpg' cannot be decoded", Assert.Throws<DataException>(() => source.Read(0)).Message);
        Assert.Contains("image 'set/text.png' cannot be decoded", Assert.Throws<DataException>(() => source.Read(1)).Message);
        File.Delete(Path.Combine(folder.Root, "set/text.png"));
        Assert.Contains("'set/text.png' is gone", Assert.Throws<DataException>(() => source.Read(1)).Message);
    }

    [Fact]
    public void Image_that_claims_too_many_pixels_is_refused_before_decoding()
    {
        // A PNG header of 20,000 × 20,000 pixels with its checksum, and nothing else.
        byte[] claim = [0, 0, 0x4E, 0x20, 0, 0, 0x4E, 0x20, 8, 2, 0, 0, 0];
        byte[] chunk = [(byte)'I', (byte)'H', (byte)'D', (byte)'R', .. claim];
        folder.Write(
            "set/bomb.png",
            [
                0x89,
                (byte)'P',
                (byte)'N',
                (byte)'G',
                13,
                10,
                26,
                10,
                0,
                0,
                0,
                13,
                .. chunk,
                .. Crc(chunk),
                0,
                0,
                0,
                1,
                (byte)'I',
                (byte)'D',
                (byte)'A',
                (byte)'T',
                0,
                .. Crc([(byte)'I', (byte)'D', (byte)'A', (byte)'T', 0]),
            ]
        );
        using var source = OpenedImages.Open(folder.Root, "set", null, 3);
        Assert.Contains("image 'set/bomb.png' claims 20000 × 20000 pixels", Assert.Throws<DataException>(() => source.Read(0)).Message);
    }

    [Fact]
    public void Folder_that_does_not_fit_is_refused()
    {
        folder.Write("empty/readme.md", [1]);
        folder.Write("flat/x.png", Plain(SKColors.Red));
        folder.Write("labels", DataFolder.Idx([1, 2], 2));
        Assert.Contains(
            "'empty' holds no image",
            Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "empty", null, 3)).Message
        );
        Assert.Contains(
            "'flat/x.png' is in no class folder",
            Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "flat", "folders", 3)).Message
        );
        Assert.Contains(
            "'labels' has 2 labels and 'flat' has 1 images",
            Assert.Throws<DataException>(() => OpenedImages.Open(folder.Root, "flat", "labels", 3)).Message
        );
    }

    [Fact]
    public void Links_in_the_tree_are_followed_inside_the_root_only()
    {
        folder.Write("root/store/x.png", Plain(SKColors.Red));
        folder.Write("outside/y.png", Plain(SKColors.Red));
        var root = Path.Combine(folder.Root, "root");
        Directory.CreateDirectory(Path.Combine(root, "set"));
        Directory.CreateSymbolicLink(Path.Combine(root, "set", "linked"), "../store");
        using (var source = OpenedImages.Open(root, "set", "folders", 3))
        {
            Assert.Equal(1, source.Count);
            Assert.Equal(255, Pixel(source, 0, 0));
        }

        var loop = Directory.CreateSymbolicLink(Path.Combine(root, "set", "loop"), ".");
        Assert.Contains(
            "'loop' is a link to a folder that it lies in",
            Assert.Throws<DataException>(() => OpenedImages.Open(root, "set", null, 3)).Message
        );
        loop.Delete();
        File.CreateSymbolicLink(Path.Combine(root, "set", "y.png"), Path.Combine(folder.Root, "outside", "y.png"));
        Assert.Contains(
            "'y.png' is a link out of the data root",
            Assert.Throws<DataException>(() => OpenedImages.Open(root, "set", null, 3)).Message
        );
    }

    [Fact]
    public void Fingerprint_sees_names_and_content()
    {
        folder.Write("a/x.png", Plain(SKColors.Red));
        folder.Write("b/x.png", Plain(SKColors.Red));
        folder.Write("renamed/y.png", Plain(SKColors.Red));
        folder.Write("repainted/x.png", Plain(SKColors.Lime));
        var prints = new[] { "a", "b", "renamed", "repainted" }
            .Select(name =>
            {
                using var source = OpenedImages.Open(folder.Root, name, null, 3);
                return source.Fingerprint;
            })
            .ToArray();
        Assert.Equal(prints[0], prints[1]);
        Assert.Equal(3, prints.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Small_set_is_decoded_once_and_read_by_many_threads()
    {
        for (var i = 0; i < 8; i++)
        {
            var value = (byte)(i * 30);
            folder.Write($"set/{i}.png", DataFolder.Picture(5, 4, (_, _) => new SKColor(value, value, value)));
        }

        using var source = OpenedImages.Open(folder.Root, "set", null, 1);
        Parallel.For(0, 200, i => Assert.Equal(i % 8 * 30, Pixel(source, i % 8, 0)));
        Directory.Delete(Path.Combine(folder.Root, "set"), recursive: true);
        Assert.Equal(210, Pixel(source, 7, 0));
    }

    private static byte[] Plain(SKColor color) => DataFolder.Picture(3, 2, (_, _) => color);

    private static byte Pixel(IImageSource source, int index, int channel)
    {
        var image = source.Read(index);
        return image.Pixels.Span[channel * image.Size.Area];
    }

    private static byte[] Crc(byte[] chunk)
    {
        var crc = DataFolder.PngChecksum(chunk);
        return [(byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
    }
}
