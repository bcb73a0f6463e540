using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>What a fine-tuned network says of samples, each seen whole.</summary>
internal static class FineTuneScores
{
    private const int Batch = 50;

    /// <summary>Batches of a fixed size run side by side: the bits do not depend on the number of threads.</summary>
    public static ClassScores Of(
        FineTuneMethod method,
        FlatTensor weights,
        IDataSet data,
        PatchLayout patches,
        int[] samples,
        ShardGang gang,
        CancellationToken cancellation
    )
    {
        using var network = FrozenNetwork.Over(method, weights);
        var scores = new ClassScores(samples.Length, method.Classes);
        var renderers = Enumerable.Range(0, gang.ThreadCount).Select(_ => data.CreateRenderer()).ToArray();
        gang.ForEach(
            (samples.Length + Batch - 1) / Batch,
            (thread, batch) =>
            {
                cancellation.ThrowIfCancellationRequested();
                var first = batch * Batch;
                var count = Math.Min(Batch, samples.Length - first);
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                var seen = WholeViews.Of(renderers[thread], data.ViewSize, patches, samples.AsSpan(first, count));
                var rows = MemoryMarshal.Cast<byte, float>(network.ClassScores(seen, null).contiguous().bytes);
                for (var i = 0; i < count; i++)
                {
                    TensorPrimitives.ConvertTruncating<float, double>(rows.Slice(i * method.Classes, method.Classes), scores[first + i]);
                }
            }
        );
        return scores;
    }
}
