using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Images;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// All views of a sample, rendered from one decode of what they need of it: the global ones first, of the network's size, then small local ones
/// (multi-crop; Caron et al. 2020). View numbers go through both, so a sample's global views do not depend on whether it has local ones.
/// </summary>
public sealed class MultiCrop
{
    private readonly ViewPipeline[] views;
    private readonly int[] starts;
    private readonly bool reduced;

    /// <summary>The views of every sample of a run.</summary>
    /// <param name="output">Size of a global view; its channels are the images'.</param>
    /// <param name="options">Valid by the run spec's rules.</param>
    /// <param name="globals">Number of global views, 1 or more.</param>
    /// <param name="locals">Local views; null: none.</param>
    /// <param name="reduced">
    /// JPEGs are decoded at ½, ¼ or ⅛ of their sides where every box then still has its view's pixels: large photographs decode in a fraction of the
    /// time, and values differ a little from those of a full decode. How far depends on the image's size and the boxes alone.
    /// </param>
    public MultiCrop(ImageSize output, AugmentationOptions options, int globals, LocalViewOptions? locals = null, bool reduced = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(globals);
        (this.reduced, Globals) = (reduced, globals);
        var global = new ViewPipeline(output, options);
        views = [.. Enumerable.Repeat(global, globals)];
        if (locals is { Count: > 0 })
        {
            var size = new ImageSize(locals.Height, locals.Width, output.Channels);
            views =
            [
                .. views,
                .. Enumerable.Repeat(new ViewPipeline(size, options with { CropScale = locals.CropScale!.Value }), locals.Count),
            ];
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(views.Length, byte.MaxValue + 1);
        starts = new int[views.Length + 1];
        for (var view = 0; view < views.Length; view++)
        {
            starts[view + 1] = starts[view] + views[view].Output.Length;
        }
    }

    /// <summary>Whole-size views of a sample.</summary>
    public int Globals { get; }

    /// <summary>Views of a sample, local ones included.</summary>
    public int Count => views.Length;

    /// <summary>Values of all views of a sample.</summary>
    public int Length => starts[^1];

    /// <summary>Size of a view.</summary>
    public ImageSize SizeOf(int view) => views[view].Output;

    /// <summary>Where a view begins among a sample's values.</summary>
    public int Start(int view) => starts[view];

    /// <summary>Renders all views of a file's content.</summary>
    /// <param name="content">A JPEG, PNG, WebP or BMP file.</param>
    /// <param name="name">As messages name it.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Key of the draws.</param>
    /// <param name="destination">View after view, each <c>[C, H, W]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    /// <exception cref="DataException">It is damaged where a view needs it.</exception>
    public void Render(
        ReadOnlyMemory<byte> content,
        string name,
        ulong seed,
        long epoch,
        long sample,
        Span<float> destination,
        ViewScratch scratch
    )
    {
        using var encoded = EncodedImage.Open(content, name, views[0].Output.Channels);
        var need = default(ImageWindow);
        var eighths = 1;
        for (var view = 0; view < views.Length; view++)
        {
            var box = views[view].Box(encoded.Size, seed, epoch, sample, view);
            need = view == 0 ? box.Window : need.Union(box.Window);
            var output = views[view].Output;
            eighths = Math.Max(eighths, ImageReduction.For(box.Height, box.Width, output.Height, output.Width));
        }

        Render(encoded.Decode(need, reduced ? eighths : ImageReduction.None, scratch.Decoding), seed, epoch, sample, destination, scratch);
    }

    /// <summary>Renders all views of an image that is decoded already.</summary>
    /// <param name="image">Its window holds the boxes of all views.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Key of the draws.</param>
    /// <param name="destination">View after view, each <c>[C, H, W]</c>, normalized.</param>
    /// <param name="scratch">Of the calling thread.</param>
    public void Render(in DecodedImage image, ulong seed, long epoch, long sample, Span<float> destination, ViewScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Length);
        for (var view = 0; view < views.Length; view++)
        {
            var place = destination.Slice(starts[view], views[view].Output.Length);
            views[view].Render(image, seed, epoch, sample, view, place, scratch);
        }
    }
}
