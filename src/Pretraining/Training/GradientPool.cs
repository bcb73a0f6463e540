using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>Gradient buffers of one layout, made when first needed and used again: at most log2 V + 2T of them are alive at a time.</summary>
public sealed class GradientPool(ParameterLayout layout) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<FlatTensor> free = new();
    private readonly List<FlatTensor> all = [];

    /// <summary>A zeroed buffer; the caller gives it back.</summary>
    public FlatTensor Take()
    {
        FlatTensor? buffer;
        lock (gate)
        {
            if (!free.TryPop(out buffer))
            {
                buffer = new FlatTensor(layout);
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

    public void Dispose()
    {
        foreach (var buffer in all)
        {
            buffer.Dispose();
        }
    }
}
