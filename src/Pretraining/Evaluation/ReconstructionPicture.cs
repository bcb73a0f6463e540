using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// What the network makes of samples that it was never trained on: columns of eight held-out ones; rows from above: as they are, corrupted
/// as in pretraining, and reconstructed from the corrupted view. The reconstruction is the head's whole output, also where nothing was masked.
/// </summary>
public static class ReconstructionPicture
{
    private const int Images = 8;

    /// <summary>The picture as a PNG file's bytes. Call on a thread with one torch thread.</summary>
    /// <param name="spec">Normalization and corruption; of a method that reconstructs.</param>
    /// <param name="data">Renders the images, not cropped.</param>
    /// <param name="indices">Held-out images; the first eight are shown.</param>
    /// <param name="network">Encoder and reconstruction head.</param>
    public static byte[] Draw(RunSpec spec, IDataSet data, IReadOnlyList<int> indices, PretrainingNetwork network)
    {
        var count = Math.Min(Images, indices.Count);
        var layout = new PatchLayout(data.ViewSize, spec.Backbone.Custom.Patch);
        var (clean, corrupted) = Views(spec, data, indices, count);
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var batch = zeros([count, layout.Count, layout.PatchLength], dtype: ScalarType.Float32);
        for (var i = 0; i < count; i++)
        {
            layout.Patchify(
                corrupted[i],
                MemoryMarshal.Cast<byte, float>(batch.bytes).Slice(i * data.ViewSize.Length, data.ViewSize.Length)
            );
        }

        var output = network.Student(batch, null).Reconstruction!.contiguous();
        var pictures = new ViewPicture(spec, data.ViewSize);
        var sheet = new PictureSheet(pictures.Size, 3, count);
        var reconstructed = new float[data.ViewSize.Length];
        for (var i = 0; i < count; i++)
        {
            layout.Unpatchify(
                MemoryMarshal.Cast<byte, float>(output.bytes).Slice(i * data.ViewSize.Length, data.ViewSize.Length),
                reconstructed
            );
            foreach (var (row, values) in new[] { clean[i], corrupted[i], reconstructed }.Index())
            {
                sheet.Paint(row, i, pictures.Of(values));
            }
        }

        return sheet.Encode();
    }

    private static (float[][] Clean, float[][] Corrupted) Views(RunSpec spec, IDataSet data, IReadOnlyList<int> indices, int count)
    {
        var renderer = data.CreateRenderer();
        var masking = new GroupMasking(data.ViewSize, spec.Options.Corruption!);
        var mask = new byte[data.ViewSize.Area];
        var clean = new float[count][];
        for (var i = 0; i < count; i++)
        {
            clean[i] = new float[data.ViewSize.Length];
            renderer.RenderAligned(indices[i], clean[i]);
        }

        var corrupted = new float[count][];
        for (var i = 0; i < count; i++)
        {
            corrupted[i] = new float[data.ViewSize.Length];
            // The batch-mate is the neighbor in the picture.
            masking.Corrupt(
                clean[i],
                count > 1 ? clean[(i + 1) % count] : [],
                UnalignedProtocol.Seed,
                0,
                indices[i],
                0,
                corrupted[i],
                mask
            );
        }

        return (clean, corrupted);
    }
}
