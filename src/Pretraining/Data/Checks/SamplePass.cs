namespace Orchestrator.Pretraining.Data.Checks;

/// <summary>Reads and decodes samples on all cores, in blocks of neighbors: the slices of a volume are then decoded together.</summary>
/// <param name="data">Whose samples are rendered whole.</param>
/// <param name="decoded">Told on any thread how many more samples are done.</param>
public sealed class SamplePass(IDataSet data, Action<int>? decoded = null)
{
    private const int Block = 64;

    /// <summary>Decodes samples and makes something of each block; a result does not depend on the number of cores.</summary>
    /// <param name="samples">Numbers of samples.</param>
    /// <param name="begin">What a block begins with.</param>
    /// <param name="add">Takes in a whole sample, <c>[C, H, W]</c>, normalized; called by one thread at a time for a block.</param>
    /// <returns>What the blocks came to, in their order, and the samples that could not be decoded, ascending.</returns>
    public (IReadOnlyList<T> Blocks, IReadOnlyList<DamagedSample> Damaged) Run<T>(
        IReadOnlyList<int> samples,
        Func<T> begin,
        Action<T, float[]> add,
        CancellationToken cancellation
    )
    {
        var blocks = new T[(samples.Count + Block - 1) / Block];
        var damaged = new List<DamagedSample>[blocks.Length];
        Parallel.For(
            0,
            blocks.Length,
            new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => (Renderer: data.CreateRenderer(), View: new float[data.ViewSize.Length]),
            (block, _, own) =>
            {
                (blocks[block], damaged[block]) = (begin(), []);
                var end = Math.Min(samples.Count, (block + 1) * Block);
                for (var i = block * Block; i < end; i++)
                {
                    if (Decode(own.Renderer, samples[i], own.View) is { } problem)
                    {
                        damaged[block].Add(problem);
                    }
                    else
                    {
                        add(blocks[block], own.View);
                    }
                }

                decoded?.Invoke(end - (block * Block));
                return own;
            },
            _ => { }
        );
        return (blocks, [.. damaged.SelectMany(list => list).OrderBy(sample => sample.Sample)]);
    }

    private static DamagedSample? Decode(IViewRenderer renderer, int sample, float[] view)
    {
        try
        {
            renderer.RenderAligned(sample, view);
            return null;
        }
        catch (DataException exception)
        {
            return new DamagedSample(sample, exception.Message, exception.IsUnreadable);
        }
    }
}
