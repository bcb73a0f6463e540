using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>Slices of volumes as a network sees them: each slice is a sample, in the order of its volume, and its views are those of an image.</summary>
internal sealed class VolumeDataSet : IDataSet
{
    private readonly VolumeSlices slices;
    private readonly SlicePlane? plane;
    private readonly AugmentationOptions augmentation;
    private readonly LocalViewOptions? locals;
    private readonly FixedCrop crop;

    /// <param name="files">Of an index that counts slices; disposed with this.</param>
    /// <param name="plane">As <see cref="Volume.Cut"/> takes it.</param>
    /// <param name="size">Of a view.</param>
    /// <param name="augmentation">Valid by the run spec's rules.</param>
    /// <param name="locals">Small views beside; null: none.</param>
    public VolumeDataSet(SampleFiles files, SlicePlane? plane, ImageSize size, AugmentationOptions augmentation, LocalViewOptions? locals)
    {
        slices = new VolumeSlices(files, plane, size.Channels);
        this.plane = plane;
        (ViewSize, this.augmentation, this.locals) = (size, augmentation, locals);
        crop = new FixedCrop(size, augmentation.Normalization);
    }

    public int Count => slices.Index.Count;
    public int PretrainingCount => slices.Index.PretrainingCount;
    public IReadOnlyList<int>? Labels => slices.Index.Labels;
    public bool HasLabelSets => slices.Index.Header.IsMultiLabel;
    public IReadOnlyList<string>? ClassNames => slices.Index.ClassNames;
    public IReadOnlyList<int>? GroupStarts => slices.Index.GroupStarts();
    public IReadOnlyList<Exam> Exams =>
        [
            .. slices
                .Index.Groups()
                // A volume a plane: the folders are the planes', the file's name is the exam's.
                .Select(exam => plane is null ? exam with { Name = Path.GetFileNameWithoutExtension(exam.Name) } : exam),
        ];
    public string Fingerprint => slices.Index.Fingerprint;
    public ImageSize ViewSize { get; }

    public ReadOnlySpan<int> LabelsOf(long sample) => slices.Index.LabelsOf(slices.Index.Locate(sample).Entry);

    public IViewRenderer CreateRenderer() => new Renderer(this);

    public void Dispose() => slices.Dispose();

    private sealed class Renderer(VolumeDataSet set) : IViewRenderer
    {
        private readonly ViewScratch scratch = new();
        private MultiCrop? crops;

        public void Render(long sample, ulong seed, long epoch, long draw, int views, Span<float> destination, int locals = 0)
        {
            if (crops?.Globals != views || crops.Count != views + locals)
            {
                crops = new MultiCrop(set.ViewSize, set.augmentation, views, locals == 0 ? null : set.locals);
            }

            crops.Render(set.slices.Read(sample), seed, epoch, draw, destination, scratch);
        }

        public void RenderProbe(long sample, Span<float> aligned, Span<float> unaligned)
        {
            var slice = set.slices.Read(sample);
            set.crop.RenderAligned(slice, aligned, scratch);
            set.crop.RenderUnaligned(slice, sample, unaligned, scratch);
        }

        public void RenderAligned(long sample, Span<float> destination) =>
            set.crop.RenderAligned(set.slices.Read(sample), destination, scratch);
    }
}
