using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>What a fine-tuned network is asked about: samples, each whole.</summary>
internal static class WholeViews
{
    /// <returns><c>[samples, N, C·p²]</c>; the caller's scope has it.</returns>
    public static Tensor Of(IViewRenderer renderer, ImageSize size, PatchLayout patches, ReadOnlySpan<int> samples)
    {
        var seen = zeros([samples.Length, patches.Count, patches.PatchLength], dtype: ScalarType.Float32);
        var values = MemoryMarshal.Cast<byte, float>(seen.bytes);
        var view = new float[size.Length];
        for (var i = 0; i < samples.Length; i++)
        {
            renderer.RenderAligned(samples[i], view);
            patches.Patchify(view, values.Slice(i * view.Length, view.Length));
        }

        return seen;
    }
}
