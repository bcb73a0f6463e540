using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// The shards of a run on real images: sample → views → corruption → patches. A view depends on (seed, epoch, sample, view) alone; a
/// batch-mate comes from the sample's own shard.
/// </summary>
public sealed class RenderedShards : IShardSource, IDisposable
{
    private readonly IImageSource images;
    private readonly ShardSampler sampler;
    private readonly ViewPipeline pipeline;
    private readonly GroupMasking masking;
    private readonly PatchLayout patches;
    private readonly ulong seed;
    private readonly int viewCount;
    private readonly int microBatch;
    private readonly bool maskedOnly;
    private readonly int imageLength;
    private readonly int pixels;
    private readonly Scratch[] scratch;

    public RenderedShards(RunSpec spec, IImageSource images, ShardSampler sampler, int threads)
    {
        this.images = images;
        this.sampler = sampler;
        var size = SizeOf(spec);
        pipeline = new ViewPipeline(size, spec.Options.Augmentation);
        masking = new GroupMasking(size, spec.Options.Corruption);
        patches = new PatchLayout(size, spec.Backbone.Custom.Patch);
        seed = spec.Seed;
        viewCount = spec.Options.Views;
        microBatch = spec.Batch.MicroBatch;
        maskedOnly = spec.Options.Reconstruction.MaskedOnly;
        pixels = size.Height * size.Width;
        imageLength = pixels * size.Channels;
        scratch = [.. Enumerable.Range(0, threads).Select(_ => new Scratch(microBatch, imageLength, pixels))];
    }

    /// <summary>Size of every view.</summary>
    public static ImageSize SizeOf(RunSpec spec) => new(spec.Backbone.Height, spec.Backbone.Width, spec.Backbone.Channels);

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var memory = scratch[thread];
        var epoch = sampler.Epoch(step);
        sampler.Indices(step, shard, memory.Samples);
        var masked = 0.0;
        for (var view = 0; view < viewCount; view++)
        {
            for (var i = 0; i < microBatch; i++)
            {
                var sample = memory.Samples[i];
                pipeline.Render(images.Read((int)sample), seed, epoch, sample, view, memory.Clean(i), memory.Views);
            }

            for (var i = 0; i < microBatch; i++)
            {
                masked += Corrupt(memory, i, view, epoch, views);
            }
        }

        return masked;
    }

    public void Dispose() => images.Dispose();

    private double Corrupt(Scratch memory, int i, int view, long epoch, ShardViews destination)
    {
        var sample = memory.Samples[i];
        var mate = GroupMasking.BatchMate(seed, epoch, sample, view, i, microBatch);
        var covered = masking.Corrupt(
            memory.Clean(i),
            mate < 0 ? [] : memory.Clean(mate),
            seed,
            epoch,
            sample,
            view,
            memory.Corrupted,
            memory.Mask
        );
        var row = (view * microBatch) + i;
        var place = row * destination.RowLength;
        destination.Samples[row] = sample;
        patches.Patchify(memory.Clean(i), destination.CleanValues.Slice(place, destination.RowLength));
        patches.Patchify(memory.Corrupted, destination.CorruptedValues.Slice(place, destination.RowLength));
        if (!maskedOnly)
        {
            // A loss over the whole view.
            destination.Mask.AsSpan(place, destination.RowLength).Fill(1);
            return imageLength;
        }

        patches.PatchifyMask(memory.Mask, destination.Mask.AsSpan(place, destination.RowLength));
        return covered * (imageLength / pixels);
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Scratch(int microBatch, int imageLength, int pixels)
    {
        private readonly float[] clean = new float[microBatch * imageLength];

        public long[] Samples { get; } = new long[microBatch];
        public float[] Corrupted { get; } = new float[imageLength];
        public byte[] Mask { get; } = new byte[pixels];
        public ViewScratch Views { get; } = new();

        public Span<float> Clean(int i) => clean.AsSpan(i * imageLength, imageLength);
    }
}
