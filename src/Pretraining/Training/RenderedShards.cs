using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// The shards of a run on real data: sample → views → corruption → patches. A view depends on (seed, epoch, sample, view) alone; a
/// batch-mate comes from the sample's own shard; a damaged sample is replaced by the next one, whoever meets it.
/// </summary>
public sealed class RenderedShards : IShardSource, IDisposable
{
    // A folder whose files are all damaged is found after so many, not after a million.
    private const int MostReplacements = 1000;

    private readonly IDataSet data;
    private readonly ShardSampler sampler;
    private readonly GroupMasking? masking;
    private readonly PatchLayout patches;
    private readonly ulong seed;
    private readonly int viewCount;
    private readonly int microBatch;
    private readonly bool maskedOnly;
    private readonly ImageSize size;
    private readonly Scratch[] scratch;

    /// <summary>Takes the data over: it is disposed with this.</summary>
    /// <param name="threads">Threads that will fill shards.</param>
    public RenderedShards(RunSpec spec, IDataSet data, ShardSampler sampler, int threads)
    {
        (this.data, this.sampler, size) = (data, sampler, data.ViewSize);
        masking = spec.Options.Corruption is { } corruption ? new GroupMasking(size, corruption) : null;
        patches = new PatchLayout(size, spec.Backbone.Custom.Patch);
        seed = spec.Seed;
        viewCount = spec.Options.Views;
        microBatch = spec.Batch.MicroBatch;
        maskedOnly = spec.Options.Reconstruction is { MaskedOnly: true };
        scratch = [.. Enumerable.Range(0, threads).Select(_ => new Scratch(data.CreateRenderer(), microBatch, viewCount, size))];
    }

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var memory = scratch[thread];
        var epoch = sampler.Epoch(step);
        sampler.Indices(step, shard, memory.Samples);
        for (var i = 0; i < microBatch; i++)
        {
            Render(memory, i, epoch, views.Damaged);
        }

        var masked = 0.0;
        for (var view = 0; view < viewCount; view++)
        {
            for (var i = 0; i < microBatch; i++)
            {
                masked += Lay(memory, i, view, epoch, views);
            }
        }

        return masked;
    }

    public void Dispose() => data.Dispose();

    /// <summary>Renders all views of a sample, or of the first sample after it that can be decoded.</summary>
    private void Render(Scratch memory, int i, long epoch, List<DamagedSampleRow> damaged)
    {
        var sample = memory.Samples[i];
        var most = Math.Min(MostReplacements, data.PretrainingCount - 1);
        string? problem = null;
        var replacements = 0;
        while (true)
        {
            try
            {
                memory.Renderer.Render(Replacement(sample, replacements), seed, epoch, sample, viewCount, memory.Views(i));
                break;
            }
            catch (DataException exception) when (!exception.IsUnreadable)
            {
                // What one machine cannot read another may: only damage that every rank sees alike is replaced.
                problem ??= exception.Message;
                if (replacements == most)
                {
                    throw new DataException($"{problem}; nor can any of the {most} samples after it be decoded", exception);
                }

                replacements++;
            }
        }

        if (problem is not null)
        {
            damaged.Add(new DamagedSampleRow(sample, Replacement(sample, replacements), problem));
        }
    }

    private long Replacement(long sample, int after) => (sample + after) % data.PretrainingCount;

    /// <summary>Lays a view out as patches, clean and, where the method wants it, corrupted.</summary>
    /// <returns>Values that the reconstruction loss counts.</returns>
    private double Lay(Scratch memory, int i, int view, long epoch, ShardViews destination)
    {
        var row = (view * microBatch) + i;
        destination.Samples[row] = memory.Samples[i];
        patches.Patchify(memory.View(i, view), destination.CleanValues.Slice(row * destination.RowLength, destination.RowLength));
        return masking is null ? 0 : Corrupt(masking, memory, i, view, epoch, destination);
    }

    private double Corrupt(GroupMasking masking, Scratch memory, int i, int view, long epoch, ShardViews destination)
    {
        var sample = memory.Samples[i];
        var mate = GroupMasking.BatchMate(seed, epoch, sample, view, i, microBatch);
        var clean = memory.View(i, view);
        var covered = masking.Corrupt(
            clean,
            mate < 0 ? [] : memory.View(mate, view),
            seed,
            epoch,
            sample,
            view,
            memory.Corrupted,
            memory.Mask
        );
        var row = (view * microBatch) + i;
        var place = row * destination.RowLength;
        patches.Patchify(memory.Corrupted, destination.CorruptedValues.Slice(place, destination.RowLength));
        if (!maskedOnly)
        {
            // A loss over the whole view.
            destination.Mask.AsSpan(place, destination.RowLength).Fill(1);
            return size.Length;
        }

        patches.PatchifyMask(memory.Mask, destination.Mask.AsSpan(place, destination.RowLength));
        return covered * size.Channels;
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Scratch(IViewRenderer renderer, int microBatch, int viewCount, ImageSize size)
    {
        private readonly float[] clean = new float[microBatch * viewCount * size.Length];

        public IViewRenderer Renderer { get; } = renderer;
        public long[] Samples { get; } = new long[microBatch];
        public float[] Corrupted { get; } = new float[size.Length];
        public byte[] Mask { get; } = new byte[size.Area];

        /// <summary>All views of a sample of the shard.</summary>
        public Span<float> Views(int i) => clean.AsSpan(i * viewCount * size.Length, viewCount * size.Length);

        public Span<float> View(int i, int view) => clean.AsSpan(((i * viewCount) + view) * size.Length, size.Length);
    }
}
