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
    private readonly ViewSpace global;
    private readonly ViewSpace? local;
    private readonly ulong seed;
    private readonly int microBatch;

    // Each made by its thread when it first fills a shard.
    private readonly Lazy<Scratch>[] scratch;

    /// <summary>Takes the data over: it is disposed with this.</summary>
    /// <param name="threads">Threads that will fill shards.</param>
    public RenderedShards(RunSpec spec, IDataSet data, ShardSampler sampler, int threads)
    {
        (this.data, this.sampler, seed) = (data, sampler, spec.Seed);
        microBatch = spec.Batch.MicroBatch;
        global = new ViewSpace(ViewGroup.Global(spec), 0, spec);
        local = ViewGroup.Local(spec) is { } group ? new ViewSpace(group, global.End, spec) : null;
        scratch =
        [
            .. Enumerable
                .Range(0, threads)
                .Select(_ => new Lazy<Scratch>(() => new Scratch(data.CreateRenderer(), microBatch, (local ?? global).End, data.ViewSize))),
        ];
    }

    public double Fill(long step, int shard, int thread, ShardViews views)
    {
        var memory = scratch[thread].Value;
        sampler.Turns(step, shard, memory.Turns);
        for (var i = 0; i < microBatch; i++)
        {
            Render(memory, i, views.Damaged);
        }

        if (views.Local is { } small)
        {
            small.MaskedCount = Lay(memory, local!, small);
        }

        return Lay(memory, global, views);
    }

    public void Dispose() => data.Dispose();

    /// <summary>Renders all views of a sample, or of the first sample after it that can be decoded.</summary>
    private void Render(Scratch memory, int i, List<DamagedSampleRow> damaged)
    {
        var sample = memory.Turns[i].Sample;
        var most = Math.Min(MostReplacements, data.PretrainingCount - 1);
        string? problem = null;
        var replacements = 0;
        while (true)
        {
            try
            {
                Render(memory, i, Replacement(sample, replacements));
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

    private void Render(Scratch memory, int i, long shown) =>
        memory.Renderer.Render(
            shown,
            seed,
            memory.Turns[i].Pass,
            memory.Turns[i].Sample,
            global.Group.Count,
            memory.Views(i),
            local?.Group.Count ?? 0
        );

    private long Replacement(long sample, int after) => (sample + after) % data.PretrainingCount;

    /// <summary>Lays the views of one size of all samples out as patches, clean and, where the method wants it, corrupted.</summary>
    /// <returns>Values that the reconstruction loss counts.</returns>
    private double Lay(Scratch memory, ViewSpace space, ShardViews destination)
    {
        var masked = 0.0;
        for (var view = 0; view < space.Group.Count; view++)
        {
            for (var i = 0; i < microBatch; i++)
            {
                var row = (view * microBatch) + i;
                var place = row * destination.RowLength;
                destination.Turns[row] = memory.Turns[i];
                space.Patches.Patchify(space.View(memory.Views(i), view), destination.CleanValues.Slice(place, destination.RowLength));
                masked += space.Masking is { } masking ? Corrupt(masking, space, memory, i, view, destination, place) : 0;
            }
        }

        return masked;
    }

    private double Corrupt(GroupMasking masking, ViewSpace space, Scratch memory, int i, int view, ShardViews destination, int place)
    {
        var (sample, pass) = memory.Turns[i];
        var (number, size) = (space.Group.First + view, space.Group.Size);
        var mate = GroupMasking.BatchMate(seed, pass, sample, number, i, microBatch);
        var corrupted = memory.Corrupted.AsSpan(0, size.Length);
        var mask = memory.Mask.AsSpan(0, size.Area);
        var covered = masking.Corrupt(
            space.View(memory.Views(i), view),
            mate < 0 ? [] : space.View(memory.Views(mate), view),
            seed,
            pass,
            sample,
            number,
            corrupted,
            mask
        );
        space.Patches.Patchify(corrupted, destination.CorruptedValues.Slice(place, destination.RowLength));
        if (!space.MaskedOnly)
        {
            // A loss over the whole view.
            destination.Mask.AsSpan(place, destination.RowLength).Fill(1);
            return size.Length;
        }

        space.Patches.PatchifyMask(mask, destination.Mask.AsSpan(place, destination.RowLength));
        return covered * size.Channels;
    }

    /// <summary>Views of one size: where they stand among a sample's values, and how they become patches.</summary>
    private sealed class ViewSpace(ViewGroup group, int start, RunSpec spec)
    {
        public ViewGroup Group { get; } = group;
        public PatchLayout Patches { get; } = new(group.Size, group.Patch);
        public GroupMasking? Masking { get; } = group.IsCorrupted ? new GroupMasking(group.Size, spec.Options.Corruption!) : null;
        public bool MaskedOnly { get; } = spec.Options.Reconstruction is { MaskedOnly: true };

        /// <summary>Where the values after these views begin.</summary>
        public int End { get; } = start + (group.Count * group.Size.Length);

        public Span<float> View(Span<float> views, int view) => views.Slice(start + (view * Group.Size.Length), Group.Size.Length);
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Scratch(IViewRenderer renderer, int microBatch, int sampleLength, ImageSize largest)
    {
        private readonly float[] clean = new float[microBatch * sampleLength];

        public IViewRenderer Renderer { get; } = renderer;
        public SampleTurn[] Turns { get; } = new SampleTurn[microBatch];
        public float[] Corrupted { get; } = new float[largest.Length];
        public byte[] Mask { get; } = new byte[largest.Area];

        /// <summary>All views of a sample of the shard.</summary>
        public Span<float> Views(int i) => clean.AsSpan(i * sampleLength, sampleLength);
    }
}
