using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class PictureSheetTests
{
    [Fact]
    public void Sheet_shows_each_image_enlarged_at_its_place()
    {
        var sheet = new PictureSheet(new ImageSize(28, 32, 1), 2, 3);
        var image = Enumerable.Range(0, 28 * 32).Select(i => i / (28f * 32)).ToArray();
        sheet.Paint(1, 2, image);
        using var bitmap = SKBitmap.Decode(sheet.Encode());

        Assert.Equal(4, sheet.Scale);
        Assert.Equal((3 * ((32 * 4) + 8)) + 8, bitmap.Width);
        Assert.Equal((2 * ((28 * 4) + 8)) + 8, bitmap.Height);
        Assert.Equal(SKColors.White, bitmap.GetPixel(10, 10));
        var (left, top) = (8 + (2 * ((32 * 4) + 8)), 8 + (28 * 4) + 8);
        for (var y = 0; y < 28 * 4; y++)
        {
            for (var x = 0; x < 32 * 4; x++)
            {
                var grey = (byte)MathF.Round(255 * image[(y / 4 * 32) + (x / 4)]);
                Assert.Equal(new SKColor(grey, grey, grey), bitmap.GetPixel(left + x, top + y));
            }
        }
    }

    [Fact]
    public void Colors_are_red_green_blue_and_cut_to_their_range()
    {
        var sheet = new PictureSheet(new ImageSize(1, 2, 3), 1, 1);
        sheet.Paint(0, 0, [0.2f, 7, 0.4f, -1, 0.6f, 1]);
        using var bitmap = SKBitmap.Decode(sheet.Encode());

        Assert.Equal(new SKColor(51, 102, 153), bitmap.GetPixel(8, 8));
        Assert.Equal(new SKColor(255, 0, 255), bitmap.GetPixel(8 + sheet.Scale, 8));
    }

    [Fact]
    public void Large_images_are_not_enlarged() => Assert.Equal(1, new PictureSheet(new ImageSize(224, 224, 3), 1, 1).Scale);
}
