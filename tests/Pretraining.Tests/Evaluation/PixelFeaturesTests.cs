using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class PixelFeaturesTests
{
    [Fact]
    public void Small_views_are_their_own_features()
    {
        var pixels = new PixelFeatures(new ImageSize(28, 32, 3));
        var view = Enumerable.Range(0, 3 * 28 * 32).Select(i => (float)i).ToArray();
        var features = new float[pixels.Length];
        pixels.Write(view, features);

        Assert.Equal(1, pixels.Cell);
        Assert.Equal(view, features);
    }

    [Fact]
    public void Large_views_are_means_of_cells_cut_at_the_border()
    {
        // 65 columns: cells of 3 make 22 columns, the last two pixels wide; 4 rows: two, the last one pixel high.
        var pixels = new PixelFeatures(new ImageSize(4, 65, 2));
        var view = new float[2 * 4 * 65];
        for (var i = 0; i < view.Length; i++)
        {
            // Value = column + 100 · row + 1000 · channel.
            view[i] = (i % 65) + (100 * (i / 65 % 4)) + (1000 * (i / 260));
        }

        var features = new float[pixels.Length];
        pixels.Write(view, features);

        Assert.Equal(2 * 2 * 22, pixels.Length);
        Assert.Equal(1 + 100, features[0]);
        Assert.Equal(63.5f + 100, features[21]);
        Assert.Equal(1 + 300, features[22]);
        Assert.Equal(63.5f + 300 + 1000, features[^1]);
    }
}
