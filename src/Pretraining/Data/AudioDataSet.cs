using System.Numerics.Tensors;
using Orchestrator.Pretraining.Data.Audio;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Sounds as a network sees them: spectrograms <c>[1, frames, mels]</c>. A sound is read and decoded once for all views of a sample; of a long
/// one only the part that its views show, with the bits of a whole decode. Damage in the rest of it is then not met.
/// </summary>
internal sealed class AudioDataSet : IDataSet
{
    private readonly SampleFiles files;
    private readonly SpectrogramPipeline pipeline;

    // Of local views; the same where there are none.
    private readonly SpectrogramPipeline localPipeline;

    /// <summary>Takes the files over: they are disposed with this.</summary>
    /// <param name="files">Of sounds.</param>
    /// <param name="spectrogram">Valid by the run spec's rules.</param>
    /// <param name="locals">Short views beside; null: none.</param>
    public AudioDataSet(SampleFiles files, SpectrogramOptions spectrogram, LocalViewOptions? locals)
    {
        (this.files, pipeline) = (files, new SpectrogramPipeline(spectrogram));
        localPipeline = locals is null ? pipeline : new SpectrogramPipeline(spectrogram.Local(locals));
        ViewSize = new ImageSize(spectrogram.Frames, spectrogram.Mels, 1);
    }

    public int Count => files.Index.Count;
    public int PretrainingCount => files.Index.PretrainingCount;
    public IReadOnlyList<int>? Labels => files.Index.Labels;
    public bool HasLabelSets => files.Index.Header.IsMultiLabel;
    public IReadOnlyList<string>? ClassNames => files.Index.ClassNames;
    public IReadOnlyList<int>? GroupStarts => files.Index.GroupStarts();
    public string Fingerprint => files.Index.Fingerprint;
    public ImageSize ViewSize { get; }

    public ReadOnlySpan<int> LabelsOf(long sample) => files.Index.LabelsOf(files.Index.Locate(sample).Entry);

    public IViewRenderer CreateRenderer() => new Renderer(this);

    /// <summary>A whole sound, as it is in its file.</summary>
    /// <exception cref="DataException">It is damaged or cannot be read.</exception>
    public AudioClip ReadWhole(long sample)
    {
        var (content, name) = files.Read(files.Index.Locate(sample).Entry);
        return AudioDecoder.Decode(content, name);
    }

    public void Dispose() => files.Dispose();

    private sealed class Renderer(AudioDataSet set) : IViewRenderer
    {
        private readonly SpectrogramPipeline pipeline = set.pipeline;
        private readonly SpectrogramScratch scratch = new();
        private ClipSpan[] spans = [];

        // Waveforms of two sounds that are mixed.
        private float[] own = [];
        private float[] mate = [];

        public void Render(long sample, ulong seed, long epoch, long draw, int views, Span<float> destination, int locals = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(
                destination.Length,
                (views * pipeline.Length) + (locals * set.localPipeline.Length)
            );
            var clip = Read(
                sample,
                views + locals,
                length =>
                {
                    for (var view = 0; view < views + locals; view++)
                    {
                        spans[view] = PipelineOf(view).ViewSpan(length, seed, epoch, draw, view);
                    }
                }
            );
            var start = 0;
            for (var view = 0; view < views + locals; view++)
            {
                var length = PipelineOf(view).Length;
                PipelineOf(view).Render(clip, spans[view], destination.Slice(start, length), scratch);
                start += length;
            }

            SpectrogramPipeline PipelineOf(int view) => view < views ? pipeline : set.localPipeline;
        }

        public void RenderProbe(long sample, Span<float> aligned, Span<float> unaligned)
        {
            var clip = Read(sample, 2, length => (spans[0], spans[1]) = (pipeline.MiddleSpan(length), pipeline.ProbeSpan(length, sample)));
            pipeline.Render(clip, spans[0], aligned, scratch);
            pipeline.Render(clip, spans[1], unaligned, scratch);
        }

        public void RenderAligned(long sample, Span<float> destination)
        {
            var clip = Read(sample, 1, length => spans[0] = pipeline.MiddleSpan(length));
            pipeline.Render(clip, spans[0], destination, scratch);
        }

        public void RenderMixed(in MixedSound sound, ulong seed, long epoch, Span<float> destination)
        {
            if (own.Length == 0)
            {
                (own, mate) = (new float[pipeline.CropSamples], new float[pipeline.CropSamples]);
            }

            Crop(sound.Sample, seed, epoch, sound.Draw, own);
            Crop(sound.Mate, seed, epoch, sound.MateDraw, mate);
            TensorPrimitives.Multiply(mate, 1 - sound.Share, mate);
            TensorPrimitives.MultiplyAdd(own, sound.Share, mate, own);
            WaveformCenter.Subtract(own, own);
            pipeline.Render(own, destination, scratch);
        }

        private void Crop(long sample, ulong seed, long epoch, long draw, Span<float> crop)
        {
            var clip = Read(sample, 1, length => spans[0] = pipeline.ViewSpan(length, seed, epoch, draw, 0));
            SpectrogramPipeline.Crop(clip, spans[0], crop);
        }

        /// <summary>Reads a sound, or the part of it that the spans need.</summary>
        /// <param name="count">Of spans.</param>
        /// <param name="place">Puts the spans into a clip of so many samples.</param>
        private PreparedClip Read(long sample, int count, Action<int> place)
        {
            if (spans.Length != count)
            {
                spans = new ClipSpan[count];
            }

            var (content, name) = set.files.Read(set.files.Index.Locate(sample).Entry);
            var info = AudioDecoder.Measure(content.Span, name);
            if (info.Frames is { } frames && pipeline.PreparedLength(frames, info.SampleRate) is > 0 and <= int.MaxValue and var length)
            {
                place((int)length);
                if (WindowOf(info.SampleRate, frames, (int)length) is { } window)
                {
                    return new PreparedClip(Decode(content, name, info.SampleRate, window), window.PreparedFirst, (int)length);
                }
            }

            var whole = pipeline.Prepare(AudioDecoder.Decode(content, name)).Samples;
            place(whole.Length);
            return new PreparedClip(whole, 0, whole.Length);
        }

        /// <summary>The part that the spans need; null where a whole decode costs less than twice as much.</summary>
        private ClipWindow? WindowOf(int rate, long frames, int length)
        {
            if (Array.Exists(spans, span => span.Wraps(length)))
            {
                return null;
            }

            var window = pipeline.Window(rate, frames, spans);
            return 2 * window.Count <= frames && window.Count <= (long)rate * AudioLimits.MaxSeconds ? window : null;
        }

        private float[] Decode(ReadOnlyMemory<byte> content, string name, int rate, ClipWindow window)
        {
            var clip = AudioDecoder.Decode(content, name, (double)window.First / rate, (double)window.Count / rate);
            return clip.Samples.Length == window.Count
                ? pipeline.Prepare(clip).Samples
                : throw new DataException(
                    $"sound '{name}' ends {window.Count - clip.Samples.Length} samples before the length that its header says; it is cut off: copy it again"
                );
        }
    }
}
