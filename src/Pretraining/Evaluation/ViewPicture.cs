using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// A view as a picture to look at. An image: its pixels. A spectrogram: time from left to right, low notes below, from black for two
/// deviations under the data set's mean to white for two above it.
/// </summary>
internal sealed class ViewPicture
{
    private readonly ImageSize view;
    private readonly Normalization? normalization;

    /// <param name="spec">Of the run whose views are shown.</param>
    /// <param name="view">Size of a view.</param>
    public ViewPicture(RunSpec spec, ImageSize view)
    {
        this.view = view;
        normalization = spec.Options.Augmentation is { } images ? new Normalization(images.Normalization, view.Channels) : null;
    }

    /// <summary>Size of the picture.</summary>
    public ImageSize Size => normalization is null ? new ImageSize(view.Width, view.Height, view.Channels) : view;

    /// <summary>Makes the picture of a view.</summary>
    /// <param name="values"><c>[C, H, W]</c>, normalized.</param>
    /// <returns>Values of <see cref="Size"/>, 0–1 where they are within what can be shown.</returns>
    public float[] Of(ReadOnlySpan<float> values)
    {
        if (normalization is not null)
        {
            var pixels = values.ToArray();
            normalization.Invert(pixels, view);
            return pixels;
        }

        var picture = new float[view.Length];
        for (var frame = 0; frame < view.Height; frame++)
        {
            for (var mel = 0; mel < view.Width; mel++)
            {
                // A spectrogram is divided by twice the deviation: 1 is two deviations above the mean.
                picture[((view.Width - 1 - mel) * view.Height) + frame] = 0.5f + (values[(frame * view.Width) + mel] / 2);
            }
        }

        return picture;
    }
}
