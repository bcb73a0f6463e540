using Orchestrator.Collectives;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Gradient buffers of one layout, made when first needed and used again: at most log2 V + 2T of them are alive at a time. They lie where the generation's peers read them, if any does.
/// </summary>
public sealed class GradientPool(ParameterLayout layout) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<FlatTensor> free = new();
    private readonly List<FlatTensor> all = [];
    private SharedArena? arena;

    /// <summary>A zeroed buffer; the caller gives it back.</summary>
    public FlatTensor Take()
    {
        FlatTensor? buffer;
        lock (gate)
        {
            if (!free.TryPop(out buffer))
            {
                buffer = Make();
                all.Add(buffer);
                return buffer;
            }
        }

        buffer.Clear();
        return buffer;
    }

    public void Give(FlatTensor buffer)
    {
        lock (gate)
        {
            free.Push(buffer);
        }
    }

    /// <summary>Between steps, when nobody has a buffer: from here on they lie in the arena that a generation's peers read, or in memory of this process alone.</summary>
    /// <param name="place">Null for none.</param>
    public void MoveTo(SharedArena? place)
    {
        lock (gate)
        {
            if (!ReferenceEquals(arena, place))
            {
                arena = place;
                free.Clear();
                DisposeAll();
            }
        }
    }

    /// <summary>Takes every buffer back, whoever had it: after a step that failed.</summary>
    public void Reclaim()
    {
        lock (gate)
        {
            free.Clear();
            foreach (var buffer in all)
            {
                free.Push(buffer);
            }
        }
    }

    public void Dispose() => DisposeAll();

    // Where there is no shared memory left, this one is sent as any other.
    private FlatTensor Make()
    {
        try
        {
            return new FlatTensor(layout, arena);
        }
        catch (IOException) when (arena is not null)
        {
            return new FlatTensor(layout);
        }
    }

    private void DisposeAll()
    {
        foreach (var buffer in all)
        {
            buffer.Dispose();
        }

        all.Clear();
    }
}
