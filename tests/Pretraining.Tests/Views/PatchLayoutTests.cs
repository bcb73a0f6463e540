using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Views;

public sealed class PatchLayoutTests
{
    [Fact]
    public void Patches_are_grid_rows_of_channel_row_column()
    {
        var layout = new PatchLayout(new ImageSize(4, 6, 2), 2);
        Assert.Equal((2, 3, 6, 8), (layout.Rows, layout.Columns, layout.Count, layout.PatchLength));
        var image = Enumerable.Range(0, 48).Select(i => (float)i).ToArray();
        var patches = new float[48];
        layout.Patchify(image, patches);
        Assert.Equal([0, 1, 6, 7, 24, 25, 30, 31], patches[..8]);
        // Patch 5: grid row 1, column 2.
        Assert.Equal([16, 17, 22, 23, 40, 41, 46, 47], patches[40..]);
    }

    [Theory]
    [InlineData(28, 28, 1, 7)]
    [InlineData(32, 16, 3, 4)]
    [InlineData(5, 5, 3, 1)]
    public void Unpatchify_undoes_patchify(int height, int width, int channels, int patch)
    {
        var layout = new PatchLayout(new ImageSize(height, width, channels), patch);
        var image = Enumerable.Range(0, height * width * channels).Select(i => (float)i).ToArray();
        var (patches, back) = (new float[image.Length], new float[image.Length]);
        layout.Patchify(image, patches);
        layout.Unpatchify(patches, back);
        Assert.Equal(image, back);
    }

    [Fact]
    public void Mask_patches_are_the_mask_on_every_channel()
    {
        var size = new ImageSize(6, 4, 3);
        var layout = new PatchLayout(size, 2);
        var mask = Enumerable.Range(0, 24).Select(i => (byte)(i % 5 == 0 ? 1 : 0)).ToArray();
        var (expected, actual) = (new float[72], new float[72]);
        layout.Patchify(Enumerable.Range(0, 72).Select(i => (float)mask[i % 24]).ToArray(), expected);
        layout.PatchifyMask(mask, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Size_that_does_not_divide_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new PatchLayout(new ImageSize(28, 28, 1), 8));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new PatchLayout(new ImageSize(28, 28, 1), 7).Patchify(new float[784], new float[783])
        );
    }
}
