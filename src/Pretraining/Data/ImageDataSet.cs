using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Data;

/// <summary>Images as a network sees them.</summary>
public sealed class ImageDataSet : IDataSet
{
    private readonly IImageSource images;
    private readonly AugmentationOptions augmentation;
    private readonly LocalViewOptions? locals;
    private readonly bool reduced;
    private readonly FixedCrop crop;

    /// <summary>Takes a source over: it is disposed with this.</summary>
    /// <param name="images">Decoded to the channels of the view.</param>
    /// <param name="pretrainingCount">The others are held out.</param>
    /// <param name="size">Of a view.</param>
    /// <param name="augmentation">Valid by the run spec's rules.</param>
    /// <param name="locals">Small views beside; null: none.</param>
    /// <param name="reduced">JPEGs much larger than their views are decoded at a fraction of their size.</param>
    public ImageDataSet(
        IImageSource images,
        int pretrainingCount,
        ImageSize size,
        AugmentationOptions augmentation,
        LocalViewOptions? locals,
        bool reduced
    )
    {
        (this.augmentation, this.locals, this.reduced) = (augmentation, locals, reduced);
        (this.images, ViewSize, PretrainingCount) = (images, size, pretrainingCount);
        crop = new FixedCrop(size, augmentation.Normalization);
    }

    public int Count => images.Count;
    public int PretrainingCount { get; }
    public IReadOnlyList<int>? Labels => images.Labels;
    public bool HasLabelSets => images.HasLabelSets;
    public IReadOnlyList<string>? ClassNames => images.ClassNames;
    public IReadOnlyList<int>? GroupStarts => images.GroupStarts;
    public string Fingerprint => images.Fingerprint;
    public ImageSize ViewSize { get; }

    public ReadOnlySpan<int> LabelsOf(long sample) => images.LabelsOf((int)sample);

    public LabelMask? ReadMask(long sample)
    {
        var mask = images.ReadMask((int)sample);
        if (mask is not null)
        {
            var size = images.Read((int)sample).Size;
            mask.RequireSize(size.Height, size.Width, images.Encoded((int)sample)?.Name ?? $"image {sample}");
        }

        return mask;
    }

    public IViewRenderer CreateRenderer() => new Renderer(this);

    public void Dispose() => images.Dispose();

    private sealed class Renderer(ImageDataSet set) : IViewRenderer
    {
        private readonly ViewScratch scratch = new();
        private MultiCrop? crops;

        public void Render(long sample, ulong seed, long epoch, long draw, int views, Span<float> destination, int locals = 0)
        {
            if (crops?.Globals != views || crops.Count != views + locals)
            {
                crops = new MultiCrop(set.ViewSize, set.augmentation, views, locals == 0 ? null : set.locals, set.reduced);
            }

            if (set.images.Encoded((int)sample) is var (content, name))
            {
                crops.Render(content, name, seed, epoch, draw, destination, scratch);
            }
            else
            {
                crops.Render(set.images.Read((int)sample), seed, epoch, draw, destination, scratch);
            }
        }

        public void RenderProbe(long sample, Span<float> aligned, Span<float> unaligned)
        {
            var image = set.images.Read((int)sample);
            set.crop.RenderAligned(image, aligned, scratch);
            set.crop.RenderUnaligned(image, sample, unaligned, scratch);
        }

        public void RenderAligned(long sample, Span<float> destination) =>
            set.crop.RenderAligned(set.images.Read((int)sample), destination, scratch);
    }
}
