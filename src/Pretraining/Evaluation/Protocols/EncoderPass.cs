using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>
/// Reads the features of samples in one pass: each is decoded once, rendered once, and the same values go to raw pixels and to every network.
/// Batches of a fixed size run side by side on threads with one torch thread each, and a few of them in a row are a piece that any worker may compute: the bits depend
/// neither on threads nor on workers.
/// </summary>
/// <param name="data">Renders the views.</param>
/// <param name="view">How samples are shown.</param>
/// <param name="patches">Cuts views into patches.</param>
/// <param name="extractor">Reads a sample's feature; null: none is wanted.</param>
/// <param name="tokens">Reads a patch's feature; null: none is wanted.</param>
public sealed class EncoderPass(
    IDataSet data,
    SampleView view,
    PatchLayout patches,
    FeatureExtractor? extractor,
    PatchTokenExtractor? tokens
)
{
    private const int Batch = 50;

    /// <summary>At most so many pieces: a file each.</summary>
    private const int MostPieces = 128;
    private readonly PixelFeatures pixels = new(data.ViewSize);

    /// <summary>Features of samples in the given order: of raw pixels first, then of each network.</summary>
    /// <param name="samples">Which.</param>
    /// <param name="withPixels">Whether raw pixels are wanted.</param>
    /// <param name="networks">All on the same views.</param>
    /// <param name="work">With whom pieces are shared.</param>
    /// <param name="batchDone">Told after each batch, on any thread.</param>
    public IReadOnlyList<SampleFeatures> Run(
        int[] samples,
        bool withPixels,
        IReadOnlyList<VisionTransformer> networks,
        SharedWork work,
        ShardGang gang,
        Action batchDone,
        CancellationToken cancellation
    )
    {
        var ofPixels = withPixels
            ? new SampleFeatures(
                extractor is null ? null : new FeatureMatrix(samples.Length, pixels.Length),
                tokens is null ? null : new FeatureMatrix(samples.Length * patches.Count, patches.PatchLength)
            )
            : null;
        var ofNetworks = networks
            .Select(_ => new SampleFeatures(
                extractor is null ? null : new FeatureMatrix(samples.Length, extractor.Length),
                tokens is null ? null : new FeatureMatrix(samples.Length * patches.Count, tokens.Length)
            ))
            .ToList();
        var memories = Enumerable.Range(0, gang.ThreadCount).Select(_ => new Memory(data)).ToArray();
        IReadOnlyList<SampleFeatures> all = ofPixels is null ? ofNetworks : [ofPixels, .. ofNetworks];
        var stage = new FeatureStage(
            all,
            samples.Length,
            Batch * Math.Max(1, (Batches(samples.Length) + MostPieces - 1) / MostPieces),
            Batch,
            (thread, first) => Run(samples, first, networks, memories[thread], ofPixels, ofNetworks),
            batchDone
        );
        work.Run("features", stage, gang, cancellation);
        return all;
    }

    /// <summary>Batches that so many samples make.</summary>
    public static int Batches(int samples) => (samples + Batch - 1) / Batch;

    private void Run(
        int[] samples,
        int first,
        IReadOnlyList<VisionTransformer> networks,
        Memory memory,
        SampleFeatures? ofPixels,
        List<SampleFeatures> ofNetworks
    )
    {
        var count = Math.Min(Batch, samples.Length - first);
        using var batch = zeros([count, patches.Count, patches.PatchLength], dtype: ScalarType.Float32).DetachFromDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(batch.bytes);
        var length = data.ViewSize.Length;
        for (var i = 0; i < count; i++)
        {
            var shown = memory.Render(samples[first + i], view);
            if (ofPixels?.Samples is { } rows)
            {
                pixels.Write(shown, rows[first + i]);
            }

            patches.Patchify(shown, values.Slice(i * length, length));
        }

        if (ofPixels?.Patches is { } patchRows)
        {
            values.CopyTo(patchRows.Values[(first * length)..]);
        }

        for (var n = 0; n < networks.Count; n++)
        {
            if (ofNetworks[n].Samples is { } features)
            {
                extractor!.Write(networks[n], batch, features.Values.Slice(first * extractor.Length, count * extractor.Length));
            }

            if (ofNetworks[n].Patches is { } tokenRows)
            {
                var each = patches.Count * tokens!.Length;
                tokens.Write(networks[n], batch, tokenRows.Values.Slice(first * each, count * each));
            }
        }
    }

    /// <summary>Buffers of one thread.</summary>
    private sealed class Memory(IDataSet data)
    {
        private readonly float[] aligned = new float[data.ViewSize.Length];
        private readonly float[] unaligned = new float[data.ViewSize.Length];
        private readonly IViewRenderer renderer = data.CreateRenderer();

        public float[] Render(int sample, SampleView view)
        {
            if (view == SampleView.Aligned)
            {
                renderer.RenderAligned(sample, aligned);
                return aligned;
            }

            renderer.RenderProbe(sample, aligned, unaligned);
            return unaligned;
        }
    }
}

/// <summary>Features of one kind of the same samples.</summary>
/// <param name="Samples">A row a sample; null where none was wanted.</param>
/// <param name="Patches"><c>[samples · N, d]</c>, a sample's patches after one another; null where none was wanted.</param>
public sealed record SampleFeatures(FeatureMatrix? Samples, FeatureMatrix? Patches);
