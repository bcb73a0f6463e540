using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Corruption;

/// <summary>
/// Group masked model learning's corruption: blocks of a view are filled until a drawn share of it is covered, with one kind of fill that is drawn for the view, or, with a
/// probability, blocks of another image of the shard take their place. A pure function of the views and (seed, epoch, sample, view); any thread may call it.
/// Source: GMML datasets_utils.py (GMML_drop_rand_patches) and its GMML_replace_list. Deviation: the other image is never the image itself.
/// </summary>
public sealed class GroupMasking
{
    private readonly ImageSize size;
    private readonly CorruptionOptions options;
    private readonly BlockSampler[] samplers;
    private readonly BlockSampler replacement;

    /// <summary>The corruption of one view size.</summary>
    /// <exception cref="ArgumentException">The options have <see cref="Problems"/>.</exception>
    public GroupMasking(ImageSize size, CorruptionOptions options)
    {
        if (Problems(size, options) is [var first, ..])
        {
            throw new ArgumentException(first, nameof(options));
        }

        (this.size, this.options) = (size, options);
        samplers = [.. options.Fill.Kinds.Select(fill => new BlockSampler(size, options.Block, options.Align, fill))];
        replacement = Replacement(size, options);
    }

    /// <summary>No view gets more blocks than this; only targets near the whole area come to it, and then stay below their target.</summary>
    public int MaxBlocks => samplers.Append(replacement).Max(sampler => sampler.MaxBlocks);

    /// <summary>What keeps these options from working on views of a size (the reference's sampler fails or never ends there); empty if nothing does.</summary>
    public static IReadOnlyList<string> Problems(ImageSize size, CorruptionOptions options)
    {
        var problems = new List<string>();
        if (options.Align < 1)
        {
            return [$"the alignment is {options.Align} px; it is at least 1"];
        }

        foreach (var (name, side) in new[] { ("height", size.Height), ("width", size.Width) })
        {
            var largest = (int)(options.Block.High * side);
            if (options.Align >= largest || options.Align >= side)
            {
                problems.Add(
                    $"alignment {options.Align} px is not below the largest block side, {largest} px of a {name} of {side}: no block can be drawn"
                );
            }

            if (2 * (side % options.Align) >= options.Align && options.Align > 1)
            {
                problems.Add(
                    $"a {name} of {side} px leaves {side % options.Align} px beside alignment {options.Align}, half of it or more: blocks would round beyond the border"
                );
            }
        }

        if (problems.Count == 0)
        {
            foreach (var fill in options.Fill.Kinds)
            {
                var word = fill is FillKind.Time or FillKind.Frequency ? $"aligned {SpecWords.Word(fill)} bands" : "aligned blocks";
                AddUnreachable(options.Area.High, word, new BlockSampler(size, options.Block, options.Align, fill));
            }

            AddUnreachable(options.Replace.Probability > 0 ? options.Replace.Area.High : 0, "aligned blocks", Replacement(size, options));
        }

        return [.. problems.Distinct(StringComparer.Ordinal)];

        void AddUnreachable(double area, string what, BlockSampler sampler)
        {
            if (area * size.Area > sampler.ReachableArea)
            {
                problems.Add(
                    $"an area of {area} is {area * size.Area:0} px and {what} reach {sampler.ReachableArea} of {size.Area}: it would never be covered"
                );
            }
        }
    }

    /// <summary>Which other image of a shard an image gets replacement blocks from: uniform, never itself.</summary>
    /// <param name="position">The image's place in its shard.</param>
    /// <param name="shardSize">Images in the shard.</param>
    /// <returns>A place in the shard; −1 where the shard has one image.</returns>
    public static int BatchMate(ulong seed, long epoch, long sample, int view, int position, int shardSize)
    {
        if (shardSize <= 1)
        {
            return -1;
        }

        var mate = new PhiloxStream(seed, DrawPurpose.BatchMate, epoch, sample, view).NextInt32(shardSize - 1);
        return mate < position ? mate : mate + 1;
    }

    /// <summary>Corrupts one view.</summary>
    /// <param name="clean"><c>[C, H, W]</c>, normalized.</param>
    /// <param name="mate">The clean view with the same number of the <see cref="BatchMate"/>; empty where there is none: then nothing is replaced.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in its source.</param>
    /// <param name="view">0 – 255.</param>
    /// <param name="corrupted">Receives the clean view with its blocks filled.</param>
    /// <param name="mask"><c>[H, W]</c>; receives 1 where blocks are and 0 elsewhere, for all channels.</param>
    /// <returns>Masked pixels: the ones in the mask.</returns>
    public int Corrupt(
        ReadOnlySpan<float> clean,
        ReadOnlySpan<float> mate,
        ulong seed,
        long epoch,
        long sample,
        int view,
        Span<float> corrupted,
        Span<byte> mask
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(clean.Length, size.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(corrupted.Length, size.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, size.Area);
        clean.CopyTo(corrupted);
        mask.Clear();
        var draws = new PhiloxStream(seed, DrawPurpose.Corruption, epoch, sample, view);
        // The reference first corrupts every view and then puts replaced ones in the place of some: those need not be corrupted twice.
        if (draws.NextBoolean(options.Replace.Probability) && !mate.IsEmpty)
        {
            var replaced = Cover(replacement, options.Replace.Area, ref draws, mask, sameImage: []);
            BlockPainting.FillFrom(corrupted, size, mask, mate);
            return replaced;
        }

        // One kind costs no draw.
        var kind = samplers.Length == 1 ? 0 : draws.NextInt32(samplers.Length);
        var fill = options.Fill.Kinds[kind];
        var covered = Cover(samplers[kind], options.Area, ref draws, mask, fill == FillKind.SameImage ? corrupted : []);
        switch (fill)
        {
            case FillKind.Noise:
                var noise = new PhiloxStream(seed, DrawPurpose.CorruptionNoise, epoch, sample, view);
                BlockPainting.FillNoise(corrupted, size, mask, ref noise);
                break;
            case FillKind.Zeros or FillKind.Time or FillKind.Frequency:
                BlockPainting.FillZeros(corrupted, size, mask);
                break;
            default:
                break;
        }

        return covered;
    }

    /// <summary>Marks blocks until the drawn share is covered; with an image, each also gets a copy of another block of it.</summary>
    private int Cover(BlockSampler sampler, Interval area, ref PhiloxStream draws, Span<byte> mask, Span<float> sameImage)
    {
        var target = draws.NextDouble(area.Low, area.High) * size.Area;
        var covered = 0;
        for (var blocks = 0; covered < target && blocks < sampler.MaxBlocks; blocks++)
        {
            var block = sampler.Next(ref draws);
            covered += BlockPainting.Mark(mask, size, block);
            if (!sameImage.IsEmpty)
            {
                var row = draws.NextInt32(Math.Max(1, size.Height - block.Height)) / options.Align * options.Align;
                var column = draws.NextInt32(Math.Max(1, size.Width - block.Width)) / options.Align * options.Align;
                BlockPainting.CopyWithin(sameImage, size, block, row, column);
            }
        }

        return covered;
    }

    /// <summary>Replaced views have whole blocks of another image, also where the fill is bands.</summary>
    private static BlockSampler Replacement(ImageSize size, CorruptionOptions options) =>
        new(size, options.Block, options.Align, FillKind.Zeros);
}
