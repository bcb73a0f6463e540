using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Data.Scenes;

/// <summary>
/// Puts labeled images as items on one canvas, so that tasks with several labels an image and with a class a pixel exist on real pixels. A scene is a function of its number: items are
/// drawn from one side of the split, each half as wide as the canvas, at random places; a later one covers an earlier one.
/// </summary>
/// <param name="data">Labeled; its views are of an item's size, on values 0–1.</param>
/// <param name="mostItems">1 to this many a scene, each number as likely.</param>
/// <param name="threshold">A pixel whose brightest channel is below this (0–1) is the item's own background, which does not cover; 0: an item is its whole square.</param>
/// <param name="seed">Of all draws.</param>
public sealed class SceneComposer(IDataSet data, int mostItems, double threshold, ulong seed)
{
    private readonly IViewRenderer renderer = data.CreateRenderer();
    private readonly int item = data.ViewSize.Width;

    /// <summary>Side of a canvas, pixels.</summary>
    public int Side => 2 * item;

    /// <summary>The scene with this number.</summary>
    /// <param name="heldOut">Of items that are held out, or of the others.</param>
    public Scene Compose(int number, bool heldOut)
    {
        var (first, count) = heldOut ? (data.PretrainingCount, data.HeldOutCount) : (0, data.PretrainingCount);
        var draws = new PhiloxStream(seed, DrawPurpose.Scene, heldOut ? 1 : 0, number);
        var (channels, area) = (data.ViewSize.Channels, Side * Side);
        var (pixels, mask) = (new float[channels * area], new byte[area]);
        var shown = new float[data.ViewSize.Length];
        for (var left = 1 + draws.NextInt32(mostItems); left > 0; left--)
        {
            var sample = first + draws.NextInt32(count);
            var (top, side) = (draws.NextInt32(item + 1), draws.NextInt32(item + 1));
            renderer.RenderAligned(sample, shown);
            Paste(shown, (byte)(data.Labels![sample] + 1), top, side, pixels, mask);
        }

        return new Scene(pixels, mask, [.. mask.Where(value => value > 0).Distinct().Order().Select(value => value - 1)]);
    }

    private void Paste(float[] shown, byte value, int top, int left, float[] pixels, byte[] mask)
    {
        var (channels, area) = (data.ViewSize.Channels, item * item);
        for (var pixel = 0; pixel < area; pixel++)
        {
            var brightest = 0f;
            for (var c = 0; c < channels; c++)
            {
                brightest = Math.Max(brightest, shown[(c * area) + pixel]);
            }

            if (brightest < threshold)
            {
                continue;
            }

            var place = ((top + (pixel / item)) * Side) + left + (pixel % item);
            mask[place] = value;
            for (var c = 0; c < channels; c++)
            {
                pixels[(c * Side * Side) + place] = shown[(c * area) + pixel];
            }
        }
    }
}
