using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Views;
using Orchestrator.Pretraining.Views.Audio;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>
/// Labeled views: sample → view → mixing with another sample of the shard → patches, with their targets. A view is a function of (seed, pass, position among the
/// labeled samples) and of its shard. Fewer samples than a batch are gone through several times in it, each time with other draws.
/// </summary>
internal sealed class FineTuneShards : ILabeledShards
{
    // AST's: λ is near a half.
    private const double WaveformAlpha = 10;

    private readonly IDataSet data;
    private readonly int[] labeled;
    private readonly LabelTargets targets;
    private readonly FineTuneSpec recipe;
    private readonly ulong seed;
    private readonly ShardSampler sampler;
    private readonly PatchLayout patches;
    private readonly SampleMixing mixing;
    private readonly BandMasking? bands;
    private readonly Lazy<Scratch>[] scratch;

    /// <param name="spec">Of the training: <see cref="FineTuneRunSpec"/>.</param>
    /// <param name="data">Opened for it.</param>
    /// <param name="labeled">Samples to learn from.</param>
    /// <param name="threads">Threads that will fill shards.</param>
    public FineTuneShards(RunSpec spec, FineTuneSpec recipe, IDataSet data, int[] labeled, LabelTargets targets, int threads)
    {
        (this.data, this.labeled, this.targets, this.recipe, seed) = (data, labeled, targets, recipe, spec.Seed);
        sampler = FineTuneTraining.Sampler(spec, labeled.Length);
        var size = data.ViewSize;
        patches = new PatchLayout(size, spec.Backbone.Custom.Patch);
        mixing = new SampleMixing(size, recipe.Mixup, recipe.Cutmix);
        bands =
            recipe.SpecAugment is { } band && spec.Options.Spectrogram is { } spectrogram
                ? new BandMasking(
                    size.Height,
                    size.Width,
                    (int)(band.Time * size.Height),
                    (int)(band.Frequency * size.Width),
                    (float)(-spectrogram.Mean / (2 * spectrogram.Deviation))
                )
                : null;
        scratch =
        [
            .. Enumerable
                .Range(0, threads)
                .Select(_ => new Lazy<Scratch>(() =>
                    new Scratch(data.CreateRenderer(), spec.Batch.MicroBatch, size.Length, targets.Classes)
                )),
        ];
    }

    public long StepsPerEpoch => sampler.StepsPerEpoch;

    public int Targets => targets.Classes;

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var memory = scratch[thread].Value;
        sampler.Turns(step, shard, memory.Turns);
        for (var i = 0; i < memory.Turns.Length; i++)
        {
            Render(memory, i);
        }

        for (var i = 0; i < memory.Turns.Length; i++)
        {
            var target = views.Targets.AsSpan(i * targets.Classes, targets.Classes);
            memory.View(i).CopyTo(memory.Mixed);
            memory.Target(i).CopyTo(target);
            if (mixing.IsOn)
            {
                var stream = Stream(memory, i, view: 1);
                var mate = Mate(ref stream, i, memory.Turns.Length);
                mixing.Apply(memory.Mixed, memory.View(mate), target, memory.Target(mate), ref stream);
            }

            patches.Patchify(memory.Mixed, views.CleanValues.Slice(i * views.RowLength, views.RowLength));
            views.Turns[i] = memory.Turns[i];
        }

        return 0;
    }

    private void Render(Scratch memory, int i)
    {
        var (position, pass) = memory.Turns[i];
        targets.Write(Sample(position), memory.Target(i));
        var stream = Stream(memory, i, view: 0);
        if (recipe.WaveformMixup > 0 && stream.NextBoolean(recipe.WaveformMixup))
        {
            var other = memory.Turns[Mate(ref stream, i, memory.Turns.Length)].Sample;
            var share = (float)BetaDraw.Next(ref stream, WaveformAlpha);
            memory.Renderer.RenderMixed(
                new MixedSound(Sample(position), position, Sample(other), other, share),
                seed,
                pass,
                memory.View(i)
            );
            targets.Write(Sample(other), memory.OtherTarget);
            SampleMixing.Add(memory.Target(i), memory.OtherTarget, share);
        }
        else
        {
            memory.Renderer.Render(Sample(position), seed, pass, position, 1, memory.View(i));
        }

        if (bands is not null)
        {
            var band = new PhiloxStream(seed, DrawPurpose.SpecAugment, pass, position);
            bands.Apply(memory.View(i), ref band);
        }
    }

    private int Sample(long position) => labeled[position % labeled.Length];

    private PhiloxStream Stream(Scratch memory, int i, int view) =>
        new(seed, DrawPurpose.LabelMixing, memory.Turns[i].Pass, memory.Turns[i].Sample, view);

    /// <summary>Another place of the shard.</summary>
    private static int Mate(ref PhiloxStream stream, int position, int count)
    {
        var mate = stream.NextInt32(count - 1);
        return mate < position ? mate : mate + 1;
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Scratch(IViewRenderer renderer, int microBatch, int length, int classes)
    {
        private readonly float[] views = new float[microBatch * length];
        private readonly float[] targets = new float[microBatch * classes];

        public IViewRenderer Renderer { get; } = renderer;
        public SampleTurn[] Turns { get; } = new SampleTurn[microBatch];
        public float[] Mixed { get; } = new float[length];
        public float[] OtherTarget { get; } = new float[classes];

        public Span<float> View(int i) => views.AsSpan(i * length, length);

        public Span<float> Target(int i) => targets.AsSpan(i * classes, classes);
    }
}
