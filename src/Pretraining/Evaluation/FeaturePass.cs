using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// Computes all features in one pass over the images: each is decoded once, rendered once, and the same values go to raw pixels and to every
/// network. Batches of a fixed size run side by side on threads with one torch thread each, so the bits do not depend on the number of threads.
/// </summary>
/// <param name="data">Renders the views.</param>
/// <param name="extractor">Reads features from a network.</param>
/// <param name="patches">Cuts views into patches.</param>
public sealed class FeaturePass(IDataSet data, FeatureExtractor extractor, PatchLayout patches)
{
    private const int Batch = 50;
    private readonly PixelFeatures pixels = new(data.ViewSize);

    /// <summary>Features of the images in the given order.</summary>
    /// <param name="indices">Which images.</param>
    /// <param name="networks">Networks to read features from, all on the same views.</param>
    /// <param name="gang">Threads.</param>
    /// <param name="batchDone">Told after each batch, on any thread.</param>
    public ImageFeatures Run(
        int[] indices,
        IReadOnlyList<VisionTransformer> networks,
        ShardGang gang,
        Action batchDone,
        CancellationToken cancellation
    )
    {
        var features = new ImageFeatures(
            new FeatureMatrix(indices.Length, pixels.Length),
            new FeatureMatrix(indices.Length, pixels.Length),
            [.. networks.Select(_ => new FeatureMatrix(indices.Length, extractor.Length))]
        );
        var memories = Enumerable.Range(0, gang.ThreadCount).Select(_ => new Memory(data)).ToArray();
        gang.ForEach(
            Batches(indices.Length),
            (thread, batch) =>
            {
                cancellation.ThrowIfCancellationRequested();
                Run(indices, batch * Batch, networks, memories[thread], features);
                batchDone();
            }
        );
        return features;
    }

    /// <summary>Batches that so many images make.</summary>
    public static int Batches(int images) => (images + Batch - 1) / Batch;

    private void Run(int[] indices, int first, IReadOnlyList<VisionTransformer> networks, Memory memory, ImageFeatures features)
    {
        var count = Math.Min(Batch, indices.Length - first);
        var rowLength = data.ViewSize.Length;
        using var batch = zeros([count, patches.Count, patches.PatchLength], dtype: ScalarType.Float32).DetachFromDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(batch.bytes);
        for (var i = 0; i < count; i++)
        {
            memory.Renderer.RenderProbe(indices[first + i], memory.Aligned, memory.View);
            pixels.Write(memory.Aligned, features.AlignedPixels[first + i]);
            pixels.Write(memory.View, features.Pixels[first + i]);
            patches.Patchify(memory.View, values.Slice(i * rowLength, rowLength));
        }

        for (var n = 0; n < networks.Count; n++)
        {
            extractor.Write(networks[n], batch, features.Networks[n].Values.Slice(first * extractor.Length, count * extractor.Length));
        }
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Memory(IDataSet data)
    {
        public float[] Aligned { get; } = new float[data.ViewSize.Length];
        public float[] View { get; } = new float[data.ViewSize.Length];
        public IViewRenderer Renderer { get; } = data.CreateRenderer();
    }
}
